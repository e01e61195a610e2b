using MoE.Engine;
using MoE.Tokenization;

namespace MoE.Http.Generation;

/// <summary>
/// Turns one sequence's tokens into the text that a client sees: whole characters, cut before a stop string, without the
/// end token. A token is reported with the text that it began. Not thread-safe.
/// </summary>
internal sealed class OutputProcessor(Tokenizer tokenizer, IReadOnlyList<string> stops, SamplingParams sampling)
{
    private readonly StreamDecoder _decoder = tokenizer.CreateStreamDecoder();
    private readonly StopMatcher _stops = new(stops);
    private readonly Queue<OutputToken> _waiting = new();

    // Code points of text that is known, and of text that was handed out.
    private int _decoded;
    private int _shown;
    private int _generated;

    /// <summary>Takes the next token; the last result carries the finish reason, and no token may follow it.</summary>
    public OutputPiece Add(GeneratedToken token)
    {
        _generated++;
        // An end token ends the text; it is no part of it.
        var text = token.FinishReason == FinishReason.Stop ? string.Empty : Decode(token);
        if (token.FinishReason is not null && !_stops.Stopped)
            text += Watch(_decoder.Finish());
        if (token.FinishReason is not null && !_stops.Stopped)
            text += _stops.Finish();
        _shown += CodePoints.Count(text);
        var finish = _stops.Stopped ? FinishReason.Stop : token.FinishReason;
        var released = Release(all: finish is not null && !_stops.Stopped);
        return new OutputPiece(text, released, finish, _generated) { PromptLogprobs = token.PromptLogprobs, CachedTokens = token.CachedTokens };
    }

    private string Decode(GeneratedToken token)
    {
        if (sampling.Logprobs is not null)
            _waiting.Enqueue(new OutputToken(token.TokenId, token.Logprob ?? 0, token.TopLogprobs ?? [], _decoded));
        return Watch(_decoder.Add(token.TokenId));
    }

    // As in vLLM, min_tokens also keeps stop strings from ending a text too early.
    private string Watch(string text)
    {
        _decoded += CodePoints.Count(text);
        return _generated <= sampling.MinTokens ? _stops.Pass(text) : _stops.Add(text);
    }

    private List<OutputToken> Release(bool all)
    {
        var released = new List<OutputToken>();
        while (_waiting.TryPeek(out var first) && (all || first.TextOffset < _shown))
            released.Add(_waiting.Dequeue());
        return released;
    }
}
