using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MoE.Engine;

namespace MoE.Http.Errors;

/// <summary>The client's view of whatever was thrown; defects of ours are logged and told to nobody.</summary>
internal sealed class Failures(IEngine engine, ILogger<Failures> logger)
{
    public ApiException ToApi(Exception failure, HttpContext context)
    {
        switch (failure)
        {
            case ApiException api:
                return api;
            case EngineException { Error: not EngineError.Internal } refused:
                return EngineErrors.ToApi(refused, engine);
            case BadHttpRequestException bad:
                return ApiException.FromStatus(bad.StatusCode, context.Request.Path.Value ?? string.Empty);
            default:
                Log(failure, context);
                return ApiException.FromStatus(StatusCodes.Status500InternalServerError, string.Empty);
        }
    }

    public void Log(Exception failure, HttpContext context) =>
        logger.LogError(failure, "Request {RequestId} to {Path} failed", RequestId.Of(context), context.Request.Path);
}
