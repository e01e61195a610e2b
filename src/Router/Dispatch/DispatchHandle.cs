using MoE.Kernels;
using MoE.Model;

namespace MoE.Router;

/// <summary>
/// What a dispatch returns and the combine consumes (DeepEP's handle). Made by the layer's thread, ended exactly once by the
/// dispatcher: with every contribution, or with an error that names what is missing.
/// </summary>
public sealed class DispatchHandle : IDisposable
{
    private readonly ManualResetEventSlim _ended = new(false);
    private readonly Lock _lock = new();
    private Contributions? _contributions;
    private string? _error;
    private bool _disposed;

    /// <param name="dispatchId">Unique for one life of the front.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="hidden">[T, H]; must not change until the dispatch ends.</param>
    public DispatchHandle(ulong dispatchId, int layer, ActivationRows hidden)
    {
        DispatchId = dispatchId;
        Layer = layer;
        Hidden = hidden;
    }

    public ulong DispatchId { get; }

    public int Layer { get; }

    public ActivationRows Hidden { get; }

    /// <summary>Whether <see cref="Wait"/> returns at once.</summary>
    public bool Ended => _ended.IsSet;

    /// <summary>Copies some tokens' rows out, while they cannot change: a layer that has given up may write them anew at once.</summary>
    /// <param name="tokens">Which.</param>
    /// <param name="rows">[tokens, H]; overwritten.</param>
    /// <returns>False where the dispatch has ended, and nothing was copied.</returns>
    public bool TryCopyHidden(ReadOnlySpan<int> tokens, Span<float> rows)
    {
        lock (_lock)
        {
            if (_disposed || _contributions is not null || _error is not null)
                return false;
            for (var i = 0; i < tokens.Length; i++)
                Hidden.Row(tokens[i]).CopyTo(rows.Slice(i * Hidden.Columns, Hidden.Columns));
            return true;
        }
    }

    /// <summary>Ends the dispatch well. The contributions are taken over.</summary>
    public void Complete(Contributions contributions)
    {
        lock (_lock)
        {
            if (_disposed || _contributions is not null || _error is not null)
            {
                contributions.Dispose();
                return;
            }

            _contributions = contributions;
            _ended.Set();
        }
    }

    /// <summary>Ends the dispatch with what is missing.</summary>
    public void Fail(string error)
    {
        lock (_lock)
        {
            if (_disposed || _contributions is not null || _error is not null)
                return;
            _error = error;
            _ended.Set();
        }
    }

    /// <summary>Blocks a compute thread until the dispatch ends.</summary>
    /// <exception cref="ExpertsUnavailableException">It ended with an error, or not within <paramref name="backstop"/>.</exception>
    public Contributions Wait(TimeSpan backstop)
    {
        var ended = _ended.Wait(backstop);
        lock (_lock)
        {
            if (_contributions is { } contributions)
                return contributions;
            throw new ExpertsUnavailableException(_error
                ?? $"layer {Layer}: the dispatcher did not answer within {backstop.TotalSeconds:0.###} s{(ended ? "" : " (moe.dispatch.deadline)")}");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _contributions?.Dispose();
            _ended.Dispose();
        }
    }
}
