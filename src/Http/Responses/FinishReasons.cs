using MoE.Engine;

namespace MoE.Http.Responses;

/// <summary>OpenAI's spelling.</summary>
internal static class FinishReasons
{
    public static string Name(FinishReason reason) => reason == FinishReason.Stop ? "stop" : "length";

    /// <summary>Of a message with tool calls; one that was cut says so all the same.</summary>
    public static string Name(FinishReason reason, int toolCalls) => reason == FinishReason.Stop && toolCalls > 0 ? "tool_calls" : Name(reason);
}
