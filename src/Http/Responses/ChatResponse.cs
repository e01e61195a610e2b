using System.Text.Json.Serialization;

namespace MoE.Http.Responses;

/// <summary>The answer of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatResponse(
    string Id,
    string Object,
    long Created,
    string Model,
    IReadOnlyList<ChatChoice> Choices,
    Usage Usage,
    string SystemFingerprint,
    Timings Timings);

/// <summary>Clients fail where <paramref name="Logprobs"/> is absent; null is what they expect.</summary>
internal sealed record ChatChoice(int Index, ChatMessage Message, ChatLogprobs? Logprobs, string FinishReason);

/// <inheritdoc cref="ChatChoice"/>
internal sealed record ChatMessage(string Role, string Content, string? Refusal);

/// <summary>One event of the stream.</summary>
internal record ChatChunk(string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatDeltaChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(2)]
    public Timings? Timings { get; init; }
}

/// <summary>An event of a stream with usage: null on all but the last.</summary>
internal sealed record ChatUsageChunk(
    string Id,
    string Object,
    long Created,
    string Model,
    string SystemFingerprint,
    IReadOnlyList<ChatDeltaChoice> Choices,
    [property: JsonPropertyOrder(1)] Usage? Usage) : ChatChunk(Id, Object, Created, Model, SystemFingerprint, Choices);

internal sealed record ChatDeltaChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, string? FinishReason);

/// <summary>What a chunk adds to the message.</summary>
internal sealed record ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

/// <summary>Chat's form of log probabilities.</summary>
internal sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content, IReadOnlyList<ChatTokenLogprob>? Refusal);

internal sealed record ChatTokenLogprob(string Token, float Logprob, int[] Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs);

internal sealed record ChatTopLogprob(string Token, float Logprob, int[] Bytes);
