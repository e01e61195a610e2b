using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Brings what <see cref="PlacementState"/> plans into force: copy → serve from both → cut over → release. Belongs to the coordinator's
/// actor, which hears the answers.
/// </summary>
internal sealed class PlacementRollouts(
    PlacementState state, RegisteredFronts fronts, CoordinatorVoice voice, CoordinatorSettings settings, IActorContext context, ITimerScheduler timers)
{
    private readonly ILoggingAdapter _log = context.GetLogger();

    /// <summary>Plans for the nodes there are, and starts the rollout if there is something to change.</summary>
    public void Replan()
    {
        switch (state.Plan())
        {
            case PlacementStep.Wait wait:
                _log.Info("waiting for expert nodes: {0} of {1}", wait.Nodes, settings.MinNodes);
                break;
            case PlacementStep.Fail fail:
                _log.Warning("cannot place the experts: {0}", fail.Reason);
                voice.TellImpossible();
                break;
            case PlacementStep.Keep:
                ReleaseLeavers();
                break;
            case PlacementStep.Roll roll:
                Roll(roll.Planned);
                break;
        }

        voice.TellPending();
    }

    /// <summary>A node holds what it was told to; once every one does, fronts are told.</summary>
    public void NodeReady(ExpertsReady ready)
    {
        if (state.RolloutOf(ready.Version) is not { } rollout)
            return;
        if (rollout.Placement.Nodes.Contains(ready.Node))
            state.Node(ready.Node)?.ForgetFailures();
        rollout.NodeReady(ready.Node);
        CutOver();
    }

    /// <summary>A front has left the older placements; once every one has, they are released.</summary>
    public void FrontAdopted(PlacementAdopted adopted)
    {
        state.RolloutOf(adopted.Version)?.FrontAdopted(adopted.Node);
        CompleteRollout();
    }

    /// <summary>A front that is gone is waited for no longer.</summary>
    public void FrontGone(NodeId front)
    {
        state.Rollout?.FrontAdopted(front);
        CompleteRollout();
    }

    /// <summary>Fronts that did not adopt in time are waited for no longer.</summary>
    public void GiveUpOnFronts(AdoptTimedOut timedOut)
    {
        if (state.RolloutOf(timedOut.Version) is not { Published: true } rollout)
            return;
        foreach (var front in rollout.GiveUpOnFronts())
            _log.Warning("front {0} did not adopt placement {1} within {2}", front, timedOut.Version, settings.AdoptTimeout);
        CompleteRollout();
    }

    /// <summary>Looks at the nodes' speeds, then at what the experts got since the last look, and moves load where it is worth it.</summary>
    public void Balance()
    {
        var load = fronts.TakeLoad();
        if (!state.Steady)
            return;
        if (state.FollowSpeeds())
        {
            _log.Info("nodes' shares follow their measured speeds");
            Replan();
        }
        else if (state.Balanced(load) is { } planned)
        {
            _log.Info("placement {0} evens out the load", planned.Version);
            Roll(planned);
        }
    }

    /// <summary>Lets nodes go that no front routes to any more.</summary>
    public void ReleaseLeavers()
    {
        foreach (var node in state.Leavers.ToList())
        {
            state.Remove(node.Registration.Node);
            context.Unwatch(node.Actor);
            node.Actor.Tell(new NodeReleased(node.Registration.Node));
            _log.Info("{0} left", node.Registration.Node);
        }
    }

    private void Roll(ExpertPlacement planned)
    {
        state.Roll(planned);
        voice.TellExperts();
        _log.Info("placement {0}: {1} experts on {2} nodes", planned.Version, planned.Experts.Length, planned.Nodes.Count);
    }

    /// <summary>Once every node is ready, fronts route by the rollout's placement, one after the other.</summary>
    private void CutOver()
    {
        if (!state.CutOver(fronts.Names))
            return;
        voice.Publish();
        timers.StartSingleTimer(nameof(AdoptTimedOut), new AdoptTimedOut(state.Placement.Version), settings.AdoptTimeout);
        CompleteRollout();
    }

    /// <summary>Every front has left the older placements: they can be released, and leaving nodes may go.</summary>
    private void CompleteRollout()
    {
        if (!state.Complete())
            return;
        timers.Cancel(nameof(AdoptTimedOut));
        _log.Info("placement {0} is in force", state.Placement.Version);
        voice.TellRelease();
        ReleaseLeavers();

        // After a loss only what was lost was placed; balance and the floor come now.
        Replan();
    }
}
