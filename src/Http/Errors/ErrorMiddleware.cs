using System.Globalization;
using Microsoft.AspNetCore.Http;
using MoE.Http.Responses;

namespace MoE.Http.Errors;

/// <summary>Gives every failure on every path OpenAI's error object.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, Failures failures, HttpSettings settings)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            return;
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, failures.ToApi(failure, context));
            return;
        }
        catch (Exception failure)
        {
            // The status has gone out: only a broken connection still says that the answer is incomplete.
            failures.Log(failure, context);
            context.Abort();
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            await WriteAsync(context, ApiException.FromStatus(context.Response.StatusCode, context.Request.Path.Value ?? string.Empty));
    }

    private Task WriteAsync(HttpContext context, ApiException failure)
    {
        context.Response.StatusCode = failure.Status;
        if (failure.Retryable)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(settings.RetryAfter.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return JsonReply.WriteAsync(context, new ErrorBody(failure.Error), HttpJson.Default.ErrorBody);
    }
}
