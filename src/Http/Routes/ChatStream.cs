using MoE.Http.Generation;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Http.Streaming;
using MoE.Tokenization;

namespace MoE.Http.Routes;

/// <summary>Chat's events: per choice a role, its text, its tool calls, a finish reason; then the usage where it was asked for.</summary>
/// <param name="head">What all events share.</param>
/// <param name="clock">The request's.</param>
/// <param name="tokenizer">Names tokens.</param>
/// <param name="request">What was asked.</param>
/// <param name="callsTools">Whether tool calls are taken out of the text.</param>
internal sealed class ChatStream(ResponseHead head, RequestClock clock, Tokenizer tokenizer, ChatRequest request, bool callsTools) : IStreamFormat
{
    private const string ObjectName = "chat.completion.chunk";

    private readonly bool[] _begun = new bool[request.Choices];
    private readonly ToolCallSplitter[] _splitters = callsTools ? [.. Enumerable.Range(0, request.Choices).Select(_ => new ToolCallSplitter())] : [];
    private int _unfinished = request.Choices;

    public void Add(SseWriter events, OutputPiece piece)
    {
        clock.Count(piece);
        if (!_begun[piece.Choice])
        {
            _begun[piece.Choice] = true;
            Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta("assistant", string.Empty), null, null), null);
        }

        var splitter = callsTools ? _splitters[piece.Choice] : null;
        var before = splitter?.Calls ?? 0;
        var (text, calls) = splitter?.Add(piece.Text, last: piece.Finish is not null) ?? (piece.Text, []);
        if (text.Length > 0 || piece.Tokens.Count > 0)
            Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta(null, text), Logprobs(piece), null), null);
        if (calls.Count > 0)
            Send(events, new ChatDeltaChoice(piece.Choice, Delta(calls, before), null, null), null);
        if (piece.Finish is not { } finish)
            return;
        _unfinished--;
        var timings = _unfinished == 0 ? clock.Timings() : null;
        Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta(null, null), null, FinishReasons.Name(finish, splitter?.Calls ?? 0)), timings);
    }

    public void AddEnd(SseWriter events)
    {
        if (request.Options.IncludeUsage)
            SendWithUsage(events, [], clock.Usage(), clock.Timings());
    }

    private static ChatDelta Delta(IReadOnlyList<ToolCall> calls, int before) =>
        new(null, null, [.. calls.Select((call, i) => ChatToolCall.Create(call, before + i))]);

    private void Send(SseWriter events, ChatDeltaChoice choice, Timings? timings)
    {
        if (request.Options.IncludeUsage)
        {
            SendWithUsage(events, [choice], null, timings);
            return;
        }

        var chunk = new ChatChunk(head.Id, ObjectName, head.Created, head.Model, head.SystemFingerprint, [choice]) { Timings = timings };
        events.Add(chunk, HttpJson.Default.ChatChunk);
    }

    private void SendWithUsage(SseWriter events, IReadOnlyList<ChatDeltaChoice> choices, Usage? usage, Timings? timings)
    {
        var chunk = new ChatUsageChunk(head.Id, ObjectName, head.Created, head.Model, head.SystemFingerprint, choices, usage) { Timings = timings };
        events.Add(chunk, HttpJson.Default.ChatUsageChunk);
    }

    private ChatLogprobs? Logprobs(OutputPiece piece) =>
        request.Sampling.Logprobs is null ? null : ChatLogprobsFormat.Create(tokenizer, piece.Tokens);
}
