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
    private ulong _lastDispatchId;

    public IActorRef Gating => gating;

    public IActorRef Dispatcher => dispatcher;

    public TimeSpan Backstop => backstop;

    /// <summary>Unique for one life of the front.</summary>
    public ulong NextDispatchId() => Interlocked.Increment(ref _lastDispatchId);
}
