using System.Collections.Concurrent;
using Akka.Actor;
using MoE.Gating;
using MoE.Kernels;

namespace MoE.Router;

/// <summary>
/// How a front's layers reach the cluster: one per front. Between two memberships there is nobody to send to: what was under way
/// fails, and so does what is dispatched meanwhile, at once.
/// </summary>
/// <param name="backstop">
/// Longest wait for the dispatcher's own answer. The dispatcher ends every dispatch at its deadline; only its death takes longer.
/// </param>
public sealed class ClusterLink(TimeSpan backstop)
{
    private readonly Lock _lock = new();
    private readonly List<DispatchHandle> _running = [];
    private readonly ConcurrentBag<DispatchHandle> _idle = [];
    private IActorRef _gating = ActorRefs.Nobody;
    private IActorRef _dispatcher = ActorRefs.Nobody;
    private string? _lost = "this front has not joined a cluster yet";
    private ulong _lastDispatchId;

    public TimeSpan Backstop => backstop;

    /// <summary>The front has joined a cluster: dispatches from now on go to these.</summary>
    /// <param name="gating">The front's gating actor.</param>
    /// <param name="dispatcher">The front's <see cref="TokenDispatcher"/>.</param>
    public void Connect(IActorRef gating, IActorRef dispatcher)
    {
        lock (_lock)
        {
            _gating = gating;
            _dispatcher = dispatcher;
            _lost = null;
        }
    }

    /// <summary>The membership has ended, and its actors are gone: a message to them would get no answer.</summary>
    /// <param name="reason">What the dispatches fail with.</param>
    public void Disconnect(string reason)
    {
        lock (_lock)
        {
            _lost = reason;
            foreach (var handle in _running)
                Fail(handle, reason);
            _running.Clear();
        }
    }

    /// <summary>Has the gating actor score rows; its decision goes straight to the dispatcher, which sends each node one frame.</summary>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="hidden">[T, H]; must not change until the dispatch ends.</param>
    /// <returns>To be given to <see cref="End"/>.</returns>
    public DispatchHandle Dispatch(int layer, ActivationRows hidden)
    {
        if (!_idle.TryTake(out var handle))
            handle = new DispatchHandle();
        IActorRef gating, dispatcher;
        lock (_lock)
        {
            handle.Begin(++_lastDispatchId, layer, hidden);
            if (_lost is { } reason)
            {
                Fail(handle, reason);
                return handle;
            }

            _running.Add(handle);
            (gating, dispatcher) = (_gating, _dispatcher);
        }

        dispatcher.Tell(handle.Expectation, ActorRefs.NoSender);
        gating.Tell(handle.Question.Ask(handle.DispatchId, layer, hidden, dispatcher), ActorRefs.NoSender);
        return handle;
    }

    /// <summary>The layer is done with a dispatch. The handle of one that did not end well is not used again: somebody may still write to its memory.</summary>
    public void End(DispatchHandle dispatch)
    {
        ArgumentNullException.ThrowIfNull(dispatch);
        bool running;
        lock (_lock)
            running = _running.Remove(dispatch);
        var complete = dispatch.Complete;
        dispatch.Dispose();
        if (running && complete)
            _idle.Add(dispatch);
    }

    private static void Fail(DispatchHandle handle, string reason) => handle.Fail($"layer {handle.Layer}: {reason}");
}
