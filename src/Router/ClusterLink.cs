using Akka.Actor;

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

    /// <summary>Unique for one life of the front.</summary>
    public ulong NextDispatchId() => Interlocked.Increment(ref _lastDispatchId);
}
