using System.Text.Json.Serialization;

namespace MoE.Http.Responses;

/// <summary>The answer of <c>/v1/completions</c>, and, without usage, one event of its stream.</summary>
internal record CompletionResponse(
    string Id,
    string Object,
    long Created,
    string Model,
    string SystemFingerprint,
    IReadOnlyList<CompletionChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(2)]
    public Timings? Timings { get; init; }
}

/// <summary>The same with usage, which is null on all but the last event of a stream.</summary>
internal sealed record CompletionUsageResponse(
    string Id,
    string Object,
    long Created,
    string Model,
    string SystemFingerprint,
    IReadOnlyList<CompletionChoice> Choices,
    [property: JsonPropertyOrder(1)] Usage? Usage) : CompletionResponse(Id, Object, Created, Model, SystemFingerprint, Choices);

internal sealed record CompletionChoice(int Index, string Text, CompletionLogprobs? Logprobs, string? FinishReason);

/// <summary>The legacy form of log probabilities: lists side by side; a prompt's first token has none.</summary>
/// <param name="Tokens">Each token's text.</param>
/// <param name="TokenLogprobs">Natural logs.</param>
/// <param name="TopLogprobs">The most probable tokens and the chosen one.</param>
/// <param name="TextOffset">Code points before the token in the choice's text.</param>
internal sealed record CompletionLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<float?> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, float>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
