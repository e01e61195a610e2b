using MoE.Http.Responses;

namespace MoE.Http.Generation;

/// <summary>Times one request: the prompt until the first token of any choice, the prediction from there on.</summary>
internal sealed class RequestClock(TimeProvider time, int promptTokens)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<int, int> _generated = [];
    private long? _first;
    private long _last;

    public int PromptTokens => promptTokens;

    /// <summary>Tokens generated over all choices.</summary>
    public int Generated => _generated.Values.Sum();

    /// <summary>Null while no token has come.</summary>
    public TimeSpan? TimeToFirstToken => _first is { } first ? time.GetElapsedTime(_start, first) : null;

    /// <summary>What a token after the first took in the longest choice; null where none has two.</summary>
    public TimeSpan? TimePerOutputToken =>
        _first is { } first && _generated.Values.Max() is > 1 and var tokens ? time.GetElapsedTime(first, _last) / (tokens - 1) : null;

    public void Count(OutputPiece piece)
    {
        _last = time.GetTimestamp();
        _first ??= _last;
        _generated[piece.Choice] = piece.Generated;
        CachedTokens = Math.Max(CachedTokens, piece.CachedTokens);
    }

    /// <summary>Tokens of the prompt that were not computed again, in the choice that found most.</summary>
    public int CachedTokens { get; private set; }

    public Usage Usage() => new(promptTokens, Generated, promptTokens + Generated, new PromptTokensDetails(CachedTokens));

    /// <summary>llama-server's timings, up to now.</summary>
    public Timings Timings()
    {
        var first = _first ?? time.GetTimestamp();
        var prompt = time.GetElapsedTime(_start, first).TotalMilliseconds;
        var predicted = time.GetElapsedTime(first).TotalMilliseconds;
        return new Timings(promptTokens, prompt, Rate(promptTokens, prompt), Generated, predicted, Rate(Generated, predicted));
    }

    private static double Rate(int tokens, double milliseconds) => milliseconds > 0 ? tokens * 1000 / milliseconds : 0;
}
