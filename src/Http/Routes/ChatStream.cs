using MoE.Http.Generation;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Http.Streaming;
using MoE.Tokenization;

namespace MoE.Http.Routes;

/// <summary>Chat's events: per choice a role, its text, a finish reason; then the usage where it was asked for.</summary>
internal sealed class ChatStream(ResponseHead head, RequestClock clock, Tokenizer tokenizer, ChatRequest request) : IStreamFormat
{
    private const string ObjectName = "chat.completion.chunk";

    private readonly bool[] _begun = new bool[request.Choices];
    private int _unfinished = request.Choices;

    public void Add(SseWriter events, OutputPiece piece)
    {
        clock.Count(piece);
        if (!_begun[piece.Choice])
        {
            _begun[piece.Choice] = true;
            Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta("assistant", string.Empty), null, null), null);
        }

        if (piece.Text.Length > 0 || piece.Tokens.Count > 0)
            Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta(null, piece.Text), Logprobs(piece), null), null);
        if (piece.Finish is not { } finish)
            return;
        _unfinished--;
        var timings = _unfinished == 0 ? clock.Timings() : null;
        Send(events, new ChatDeltaChoice(piece.Choice, new ChatDelta(null, null), null, FinishReasons.Name(finish)), timings);
    }

    public void AddEnd(SseWriter events)
    {
        if (request.Options.IncludeUsage)
            SendWithUsage(events, [], clock.Usage(), clock.Timings());
    }

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
