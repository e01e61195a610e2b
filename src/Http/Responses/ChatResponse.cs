using System.Text.Json.Serialization;
using MoE.Http.Generation;

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
/// <param name="Role">Always assistant.</param>
/// <param name="Content">Null where the answer is tool calls alone.</param>
/// <param name="Refusal">Always null.</param>
/// <param name="ToolCalls">Absent where there are none.</param>
internal sealed record ChatMessage(
    string Role,
    string? Content,
    string? Refusal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChatToolCall>? ToolCalls);

/// <summary>A function that the client is asked to call.</summary>
/// <param name="Index">In a stream, which of the message's calls it is.</param>
/// <param name="Id">What the answer to it names.</param>
/// <param name="Type">Always function.</param>
/// <param name="Function">Which, and with what.</param>
internal sealed record ChatToolCall(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index, string Id, string Type, ChatFunctionCall Function)
{
    public static ChatToolCall Create(ToolCall call, int? index) =>
        new(index, $"call_{Guid.NewGuid():N}", "function", new ChatFunctionCall(call.Name, call.Arguments));
}

/// <param name="Name">The function.</param>
/// <param name="Arguments">A JSON object, written as a string.</param>
internal sealed record ChatFunctionCall(string Name, string Arguments);

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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChatToolCall>? ToolCalls = null);

/// <summary>Chat's form of log probabilities.</summary>
internal sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content, IReadOnlyList<ChatTokenLogprob>? Refusal);

internal sealed record ChatTokenLogprob(string Token, float Logprob, int[] Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs);

internal sealed record ChatTopLogprob(string Token, float Logprob, int[] Bytes);
