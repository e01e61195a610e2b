using System.Diagnostics;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Router;

/// <summary>
/// What a dispatch returns and the combine consumes (DeepEP's handle). Made by the layer's thread, ended exactly once by the
/// dispatcher: with every contribution, or with an error that names what is missing.
/// </summary>
public sealed class DispatchHandle : IDisposable
{
    private readonly Lock _lock = new();
    private bool _complete;
    private string? _error;
    private bool _disposed;

    /// <param name="dispatchId">Unique for one life of the front.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="hidden">[T, H]; must not change until the dispatch ends.</param>
    /// <param name="buffers">Lent until the dispatch has ended well and is disposed; else nobody else may have them.</param>
    public DispatchHandle(ulong dispatchId, int layer, ActivationRows hidden, DispatchBuffers buffers)
    {
        Buffers = buffers;
        DispatchId = dispatchId;
        Layer = layer;
        Hidden = hidden;
    }

    public ulong DispatchId { get; }

    public int Layer { get; }

    public ActivationRows Hidden { get; }

    public DispatchBuffers Buffers { get; }

    /// <summary>Whether <see cref="Wait"/> returns at once.</summary>
    public bool Ended
    {
        get
        {
            lock (_lock)
                return _complete || _error is not null;
        }
    }

    /// <summary>Whether every contribution is here: the dispatcher has let the buffers go.</summary>
    public bool Complete
    {
        get
        {
            lock (_lock)
                return _complete;
        }
    }

    /// <summary>Has the rows read while they cannot change: a layer that has given up may write them anew at once.</summary>
    /// <param name="state">Given to <paramref name="read"/>.</param>
    /// <param name="read">Reads <see cref="Hidden"/>.</param>
    /// <returns>False where the dispatch has ended, and nothing was read.</returns>
    internal bool TryRead<TState>(TState state, Action<ActivationRows, TState> read)
    {
        lock (_lock)
        {
            if (Over)
                return false;
            read(Hidden, state);
            return true;
        }
    }

    /// <summary>Ends the dispatch well: the contributions are in the buffers.</summary>
    /// <returns>False where it had ended already; the contributions stay the caller's.</returns>
    internal bool TryComplete()
    {
        lock (_lock)
        {
            if (Over)
                return false;
            _complete = true;
        }

        Buffers.Ended.Open();
        return true;
    }

    /// <summary>Ends the dispatch with what is missing.</summary>
    public void Fail(string error)
    {
        lock (_lock)
        {
            if (Over)
                return;
            _error = error;
        }

        Buffers.Ended.Open();
    }

    /// <summary>Blocks a compute thread until the dispatch ends.</summary>
    /// <exception cref="ExpertsUnavailableException">It ended with an error, or not within <paramref name="backstop"/>.</exception>
    public Contributions Wait(TimeSpan backstop)
    {
        var began = Stopwatch.GetTimestamp();
        while (!Ended)
        {
            // An opening may be left from the dispatch that had the buffers before.
            var left = backstop - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                throw new ExpertsUnavailableException($"layer {Layer}: the dispatcher did not answer within {backstop.TotalSeconds:0.###} s (moe.dispatch.deadline)");
            Buffers.Ended.Wait(left);
        }

        return _error is null ? Buffers.Contributions : throw new ExpertsUnavailableException(_error);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_complete)
                Buffers.Contributions.Dispose();
        }
    }

    /// <summary>Holding the lock.</summary>
    private bool Over => _disposed || _complete || _error is not null;
}
