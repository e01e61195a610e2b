using MoE.Http.Generation;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Http.Streaming;

namespace MoE.Http.Routes;

/// <summary>The events of <c>/v1/completions</c>: text, a finish reason per choice, then the usage where it was asked for.</summary>
internal sealed class CompletionStream(ResponseHead head, RequestClock clock, CompletionEcho echo, CompletionRequest request) : IStreamFormat
{
    private const string ObjectName = "text_completion";

    private readonly bool[] _begun = new bool[request.Prompts.Count * request.Choices];
    private int _unfinished = request.Prompts.Count * request.Choices;

    public void Add(SseWriter events, OutputPiece piece)
    {
        clock.Count(piece);
        var first = !_begun[piece.Choice];
        _begun[piece.Choice] = true;
        var text = first ? echo.Prefix(piece.Choice) + piece.Text : piece.Text;
        if (piece.Finish is not null)
            _unfinished--;
        if (text.Length == 0 && piece.Tokens.Count == 0 && piece.PromptLogprobs is null && piece.Finish is null)
            return;
        var logprobs = echo.Logprobs(piece.Choice, piece.PromptLogprobs, piece.Tokens, first);
        var finish = piece.Finish is { } reason ? FinishReasons.Name(reason) : null;
        var timings = piece.Finish is not null && _unfinished == 0 ? clock.Timings() : null;
        Send(events, new CompletionChoice(piece.Choice, text, logprobs, finish), timings);
    }

    public void AddEnd(SseWriter events)
    {
        if (request.Options.IncludeUsage)
            SendWithUsage(events, [], clock.Usage(), clock.Timings());
    }

    private void Send(SseWriter events, CompletionChoice choice, Timings? timings)
    {
        if (request.Options.IncludeUsage)
        {
            SendWithUsage(events, [choice], null, timings);
            return;
        }

        var chunk = new CompletionResponse(head.Id, ObjectName, head.Created, head.Model, head.SystemFingerprint, [choice]) { Timings = timings };
        events.Add(chunk, HttpJson.Default.CompletionResponse);
    }

    private void SendWithUsage(SseWriter events, IReadOnlyList<CompletionChoice> choices, Usage? usage, Timings? timings)
    {
        var chunk = new CompletionUsageResponse(head.Id, ObjectName, head.Created, head.Model, head.SystemFingerprint, choices, usage) { Timings = timings };
        events.Add(chunk, HttpJson.Default.CompletionUsageResponse);
    }
}
