using Akka.Actor;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>What the coordinator says of its placement, to nodes and to fronts. Every message may be said again.</summary>
internal sealed class CoordinatorVoice(PlacementState state, RegisteredFronts fronts)
{
    /// <summary>Tells a node what the placement puts there; nothing, for a node that it passes over.</summary>
    public void TellExperts(RegisteredNode node)
    {
        var id = node.Registration.Node;
        node.Actor.Tell(new LoadExperts(state.Wanted.Version, id, state.Wanted.ExpertsOf(id)));
    }

    /// <summary>Tells every node what the placement puts there.</summary>
    public void TellExperts()
    {
        foreach (var node in state.Nodes)
            TellExperts(node);
    }

    /// <summary>Tells every node that nobody asks it any more for what the placement does not put there.</summary>
    public void TellRelease()
    {
        foreach (var node in state.Nodes)
            node.Actor.Tell(new ReleaseExperts(state.Placement.Version, node.Registration.Node));
    }

    /// <summary>Tells a front the placement in force.</summary>
    public void Publish(IActorRef front) => front.Tell(Published());

    /// <summary>Tells every front the placement in force.</summary>
    public void Publish() => fronts.Tell(Published());

    /// <summary>Tells a front when waiting for lost experts is in vain.</summary>
    public void TellImpossible(IActorRef front)
    {
        if (state.Impossible is { } reason)
            front.Tell(new PlacementImpossible(state.Placement.Version, reason));
    }

    /// <summary>Tells every front when waiting for lost experts is in vain.</summary>
    public void TellImpossible()
    {
        if (state.Impossible is { } reason)
            fronts.Tell(new PlacementImpossible(state.Placement.Version, reason));
    }

    /// <summary>Tells a front what the first placement waits for.</summary>
    public void TellPending(IActorRef front)
    {
        if (state.Pending is { } reason)
            front.Tell(new PlacementPending(reason));
    }

    /// <summary>Tells every front what the first placement waits for.</summary>
    public void TellPending()
    {
        if (state.Pending is { } reason)
            fronts.Tell(new PlacementPending(reason));
    }

    /// <summary>Repeats what the rollout waits for, as messages may be lost.</summary>
    public void RepeatRollout()
    {
        if (state.Rollout is not { } rollout)
            return;
        foreach (var node in rollout.Loading.Select(state.Node).OfType<RegisteredNode>())
            TellExperts(node);
        foreach (var front in rollout.Adopting.Select(fronts.Actor).OfType<IActorRef>())
            Publish(front);
    }

    private PublishPlacement Published() => new(
        state.Placement,
        [.. state.Placement.Nodes.Select(state.Node).OfType<RegisteredNode>().Select(node => node.Registration)
            .Select(node => new LaneEndpoint(node.Node, node.LaneHost, node.LanePort))]);
}
