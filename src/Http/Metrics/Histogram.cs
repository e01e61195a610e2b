namespace MoE.Http.Metrics;

/// <summary>Counts of values by upper bound, as Prometheus adds them up. Thread-safe.</summary>
/// <param name="bounds">Ascending upper bounds, inclusive; +Inf follows.</param>
internal sealed class Histogram(IReadOnlyList<double> bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Count + 1];
    private double _sum;

    public IReadOnlyList<double> Bounds => bounds;

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket])
            bucket++;
        lock (_lock)
        {
            _counts[bucket]++;
            _sum += value;
        }
    }

    /// <summary>The counts per bucket, not yet added up, and the values' sum.</summary>
    public (long[] Counts, double Sum) Read()
    {
        lock (_lock)
            return ((long[])_counts.Clone(), _sum);
    }
}
