using System.Text.Json.Serialization;

namespace MoE.Http.Responses;

/// <summary>Tokens of a request; a prompt counts once, however many choices it has.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails);

/// <summary>Tokens of the prompt by how they came about.</summary>
/// <param name="CachedTokens">Not computed again: the cache held them.</param>
internal sealed record PromptTokensDetails(int CachedTokens);

/// <summary>llama-server's timings; rates are tokens per second.</summary>
internal sealed record Timings(
    [property: JsonPropertyName("prompt_n")] int PromptCount,
    [property: JsonPropertyName("prompt_ms")] double PromptMilliseconds,
    double PromptPerSecond,
    [property: JsonPropertyName("predicted_n")] int PredictedCount,
    [property: JsonPropertyName("predicted_ms")] double PredictedMilliseconds,
    double PredictedPerSecond);
