using System.Diagnostics;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Router;

/// <summary>
/// What a dispatch returns and the combine consumes (DeepEP's handle), with the memory and the messages that it needs. Begun by the
/// layer's thread, ended exactly once by the dispatcher: with every contribution, or with an error that names what is missing. One
/// that ended well and is disposed may be begun again, by then nobody else has it; any other serves once, as somebody may still.
/// </summary>
public sealed class DispatchHandle : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>Where the layer's thread sleeps until the dispatch ends.</summary>
    private readonly ThreadGate _ended = new();

    private ActivationRows? _hidden;
    private bool _complete;
    private string? _error;
    private bool _disposed;

    public DispatchHandle() => Expectation = new ExpectDispatch(this);

    public ulong DispatchId { get; private set; }

    public int Layer { get; private set; }

    public ActivationRows Hidden => _hidden ?? throw new InvalidOperationException("no dispatch has begun");

    /// <summary>For the dispatcher.</summary>
    public ExpectDispatch Expectation { get; }

    /// <summary>For the gating actor.</summary>
    public RouteTokens Question { get; } = new();

    internal Contributions Contributions { get; } = new();

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

    /// <summary>Begins a dispatch.</summary>
    /// <param name="dispatchId">Unique for one life of the front.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="hidden">[T, H]; must not change until the dispatch ends.</param>
    public DispatchHandle Begin(ulong dispatchId, int layer, ActivationRows hidden)
    {
        lock (_lock)
        {
            (DispatchId, Layer, _hidden) = (dispatchId, layer, hidden);
            (_complete, _error, _disposed) = (false, null, false);
        }

        return this;
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

    /// <summary>Ends the dispatch well: the contributions are here.</summary>
    /// <returns>False where it had ended already; the contributions stay the caller's.</returns>
    internal bool TryComplete()
    {
        lock (_lock)
        {
            if (Over)
                return false;
            _complete = true;
        }

        _ended.Open();
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

        _ended.Open();
    }

    /// <summary>Blocks a compute thread until the dispatch ends.</summary>
    /// <exception cref="ExpertsUnavailableException">It ended with an error, or not within <paramref name="backstop"/>.</exception>
    public Contributions Wait(TimeSpan backstop)
    {
        var began = Stopwatch.GetTimestamp();
        while (!Ended)
        {
            // An opening may be left from an earlier dispatch.
            var left = backstop - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                throw new ExpertsUnavailableException($"layer {Layer}: the dispatcher did not answer within {backstop.TotalSeconds:0.###} s (moe.dispatch.deadline)");
            _ended.Wait(left);
        }

        return _error is null ? Contributions : throw new ExpertsUnavailableException(_error);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_complete)
                Contributions.Dispose();
        }
    }

    /// <summary>Holding the lock.</summary>
    private bool Over => _disposed || _complete || _error is not null;
}
