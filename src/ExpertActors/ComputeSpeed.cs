namespace MoE.ExpertActors;

/// <summary>
/// How fast a node computes experts, in bytes of their weights a second while it is at it: what a token waits for is weights coming
/// from memory, so bytes compare nodes whichever experts they hold. The median of the last samples, each of which is some time of
/// work; idle time does not count. Not thread-safe.
/// </summary>
internal sealed class ComputeSpeed
{
    /// <summary>Rows of one expert from which on arithmetic, not memory, bounds it.</summary>
    public const int MaxRows = 4;

    /// <summary>Bytes of weights of one dispatch below which handing over takes longer than computing.</summary>
    public const long MinBytes = 1 << 20;

    /// <summary>Samples that are remembered, and how many a speed takes.</summary>
    public const int Samples = 64;
    public const int MinSamples = 16;

    private static readonly TimeSpan s_sample = TimeSpan.FromMilliseconds(50);
    private readonly double[] _samples = new double[Samples];
    private int _taken;
    private long _bytes;
    private TimeSpan _busy;
    private TimeSpan _lastEnd;

    /// <summary>The speed; 0 while it is not known.</summary>
    public long BytesPerSecond
    {
        get
        {
            var count = Math.Min(_taken, Samples);
            if (count < MinSamples)
                return 0;
            Span<double> sorted = stackalloc double[count];
            _samples.AsSpan(0, count).CopyTo(sorted);
            sorted.Sort();
            return (long)sorted[count / 2];
        }
    }

    /// <summary>Counts a dispatch in; those that ran at the same time share the time.</summary>
    /// <param name="start">When its first expert began, on any clock that never steps.</param>
    /// <param name="end">When its last expert was done.</param>
    /// <param name="bytes">Of all its experts' weights.</param>
    /// <param name="rows">Most rows of one expert.</param>
    public void Add(TimeSpan start, TimeSpan end, long bytes, int rows)
    {
        var busy = end - (start > _lastEnd ? start : _lastEnd);
        _lastEnd = end > _lastEnd ? end : _lastEnd;
        if (rows > MaxRows || bytes < MinBytes)
        {
            // What ran beside it was slowed down.
            Restart();
            return;
        }

        _bytes += bytes;
        _busy += busy > TimeSpan.Zero ? busy : TimeSpan.Zero;
        if (_busy < s_sample)
            return;
        _samples[_taken++ % Samples] = _bytes / _busy.TotalSeconds;
        Restart();
    }

    private void Restart()
    {
        _bytes = 0;
        _busy = TimeSpan.Zero;
    }
}
