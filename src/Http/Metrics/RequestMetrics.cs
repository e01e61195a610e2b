using System.Collections.Concurrent;
using MoE.Http.Generation;

namespace MoE.Http.Metrics;

/// <summary>What the surface measured since it started. Thread-safe; label values come from closed sets, so it stays small.</summary>
internal sealed class RequestMetrics
{
    private readonly ConcurrentDictionary<(string Route, int Status), long> _requests = new();
    private readonly ConcurrentDictionary<(string Operation, string Error), Histogram> _durations = new();
    private readonly ConcurrentDictionary<string, Histogram> _firstTokens = new();
    private readonly ConcurrentDictionary<string, Histogram> _outputTokens = new();
    private long _promptTokens;
    private long _cachedTokens;
    private long _generatedTokens;

    public IReadOnlyDictionary<(string Route, int Status), long> Requests => _requests;

    /// <summary>By operation and error; the error is empty where there was none.</summary>
    public IReadOnlyDictionary<(string Operation, string Error), Histogram> Durations => _durations;

    public IReadOnlyDictionary<string, Histogram> FirstTokens => _firstTokens;

    public IReadOnlyDictionary<string, Histogram> OutputTokens => _outputTokens;

    public long PromptTokens => Interlocked.Read(ref _promptTokens);

    /// <summary>Prompt tokens that were not computed again.</summary>
    public long CachedTokens => Interlocked.Read(ref _cachedTokens);

    public long GeneratedTokens => Interlocked.Read(ref _generatedTokens);

    public void CountRequest(string route, int status) => _requests.AddOrUpdate((route, status), 1, (_, count) => count + 1);

    public void ObserveDuration(string operation, string error, TimeSpan duration) =>
        _durations.GetOrAdd((operation, error), _ => new Histogram(LatencyBounds.RequestDuration)).Observe(duration.TotalSeconds);

    /// <summary>Takes what a generation's clock says, also where it ended early.</summary>
    public void ObserveTokens(string operation, RequestClock clock)
    {
        if (clock.TimeToFirstToken is not { } first)
            return;
        Interlocked.Add(ref _promptTokens, clock.PromptTokens);
        Interlocked.Add(ref _cachedTokens, clock.CachedTokens);
        Interlocked.Add(ref _generatedTokens, clock.Generated);
        _firstTokens.GetOrAdd(operation, _ => new Histogram(LatencyBounds.TimeToFirstToken)).Observe(first.TotalSeconds);
        if (clock.TimePerOutputToken is { } each)
            _outputTokens.GetOrAdd(operation, _ => new Histogram(LatencyBounds.TimePerOutputToken)).Observe(each.TotalSeconds);
    }
}
