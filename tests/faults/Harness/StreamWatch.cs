using System.Diagnostics;

namespace MoE.Faults;

/// <summary>Watches streams that run side by side: how far they are, and the longest silence of any of them. Thread-safe.</summary>
internal sealed class StreamWatch
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, (int Tokens, long Last)> _streams = [];
    private TimeSpan _longest;

    /// <summary>The longest silence between two tokens of one stream, since the watch began or <see cref="Reset"/>.</summary>
    public TimeSpan LongestStall
    {
        get
        {
            lock (_lock)
                return _longest;
        }
    }

    public void Reset()
    {
        lock (_lock)
            _longest = TimeSpan.Zero;
    }

    /// <summary>Waits until every stream has so many tokens; streams that have ended do not hold it up.</summary>
    /// <param name="tokens">Of each stream.</param>
    /// <param name="streams">How many streams there will be.</param>
    public Task ReachedAsync(int tokens, int streams) =>
        Until.TrueAsync(() => Reached(tokens, streams), $"{streams} streams have {tokens} tokens each");

    public void Begin(object stream)
    {
        lock (_lock)
            _streams[stream] = (0, 0);
    }

    public void Token(object stream, int count)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            var (tokens, last) = _streams[stream];
            if (last != 0 && Stopwatch.GetElapsedTime(last, now) is var gap && gap > _longest)
                _longest = gap;
            _streams[stream] = (tokens + count, now);
        }
    }

    public void End(object stream)
    {
        lock (_lock)
            _streams[stream] = (int.MaxValue / 2, 0);
    }

    private bool Reached(int tokens, int streams)
    {
        lock (_lock)
            return _streams.Count >= streams && _streams.Values.All(stream => stream.Tokens >= tokens);
    }
}
