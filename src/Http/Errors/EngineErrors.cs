using Microsoft.AspNetCore.Http;
using MoE.Engine;

namespace MoE.Http.Errors;

/// <summary>Turns the engine's refusals and failures into the client's.</summary>
internal static class EngineErrors
{
    public static ApiException ToApi(EngineException failure, IEngine engine) => failure.Error switch
    {
        EngineError.QueueFull => ApiException.TooManyRequests("The server is busy: the waiting queue is full.", "queue_full"),
        EngineError.ContextExceeded => ApiException.ContextExceeded(null, failure.PromptTokens, engine.MaxModelLength),
        EngineError.Unavailable => ApiException.Unavailable(failure.Message, "experts_unavailable"),
        EngineError.ShuttingDown => ApiException.Unavailable("The server is shutting down.", "shutting_down"),
        _ => ApiException.FromStatus(StatusCodes.Status500InternalServerError, string.Empty),
    };
}
