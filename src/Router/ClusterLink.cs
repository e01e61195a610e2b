using System.Collections.Concurrent;
using Akka.Actor;
using MoE.Kernels;

namespace MoE.Router;

/// <summary>How a front's layers reach the cluster: one per front.</summary>
/// <param name="gating">The front's gating actor.</param>
/// <param name="dispatcher">The front's <see cref="TokenDispatcher"/>.</param>
/// <param name="backstop">
/// Longest wait for the dispatcher's own answer. The dispatcher ends every dispatch at its deadline; only its death takes longer.
/// </param>
public sealed class ClusterLink(IActorRef gating, IActorRef dispatcher, TimeSpan backstop)
{
    private volatile IActorRef _gating = gating;
    private volatile IActorRef _dispatcher = dispatcher;
    private readonly ConcurrentBag<DispatchBuffers> _buffers = [];
    private ulong _lastDispatchId;

    public IActorRef Gating => _gating;

    public IActorRef Dispatcher => _dispatcher;

    public TimeSpan Backstop => backstop;

    /// <summary>The front has joined the cluster anew: dispatches from now on go to these.</summary>
    public void Connect(IActorRef newGating, IActorRef newDispatcher)
    {
        _gating = newGating;
        _dispatcher = newDispatcher;
    }

    /// <summary>Begins a dispatch, with buffers of one that has ended where there are any.</summary>
    public DispatchHandle Begin(int layer, ActivationRows hidden)
    {
        if (!_buffers.TryTake(out var buffers))
            buffers = new DispatchBuffers();
        return new DispatchHandle(Interlocked.Increment(ref _lastDispatchId), layer, hidden, buffers);
    }

    /// <summary>The layer is done with a dispatch. Buffers of one that did not end well are not used again: somebody may still write to them.</summary>
    public void End(DispatchHandle dispatch)
    {
        ArgumentNullException.ThrowIfNull(dispatch);
        var complete = dispatch.Complete;
        if (dispatch.Disposed)
            return;
        dispatch.Dispose();
        if (complete)
            _buffers.Add(dispatch.Buffers);
    }
}
