using MoE.Engine;

namespace MoE.Http.Responses;

/// <summary>OpenAI's spelling.</summary>
internal static class FinishReasons
{
    public static string Name(FinishReason reason) => reason == FinishReason.Stop ? "stop" : "length";
}
