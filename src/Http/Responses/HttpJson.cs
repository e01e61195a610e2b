using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MoE.Http.Errors;

namespace MoE.Http.Responses;

/// <summary>How everything that is sent is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ChatResponse))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(ChatUsageChunk))]
[JsonSerializable(typeof(CompletionResponse))]
[JsonSerializable(typeof(CompletionUsageResponse))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(TokenizeReply))]
[JsonSerializable(typeof(TokenizePiecesReply))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(DetokenizeReply))]
[JsonSerializable(typeof(PromptReply))]
[JsonSerializable(typeof(ClusterSnapshot))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>Text as it is, not as escapes: answers are JSON and never part of a page.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
