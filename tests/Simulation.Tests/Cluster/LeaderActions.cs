namespace MoE.Simulation.Tests;

/// <summary>What the leader does: lets in and removes, once everybody has seen the same and whoever is unreachable is down.</summary>
internal sealed class LeaderActions(World world, ModelledMembership self)
{
    /// <summary>Akka's own.</summary>
    private static readonly TimeSpan s_weaklyUpAfter = TimeSpan.FromSeconds(7);

    private readonly HashSet<int> _confirmedExits = [];
    private int _ticksWithoutConvergence;

    private MembershipView View => self.View;

    /// <summary>A member that exits says that it has gone.</summary>
    public void ConfirmExit(int uid) => _confirmedExits.Add(uid);

    public void Act()
    {
        if (GossipLeader.Of(View.Gossip, self.Uid, world.OrderOf) != self.Uid)
            return;
        if (GossipLeader.Converged(View.Gossip, self.Uid, View.Seen))
        {
            _ticksWithoutConvergence = 0;
            Move(GossipLeader.Moved(View.Gossip, world.OrderOf));
            if (GossipLeader.Gone(View.Gossip, self.Uid, _confirmedExits) is { Count: > 0 } gone)
                View.Change(View.Gossip.Without(gone));
        }
        else if (++_ticksWithoutConvergence * ModelledMembership.TickInterval >= s_weaklyUpAfter)
        {
            Move(GossipLeader.WeaklyUp(View.Gossip, world.OrderOf));
        }
    }

    private void Move(IReadOnlyList<GossipEntry> moved)
    {
        if (moved.Count == 0)
            return;
        world.Trace.Add("moves", self.Process.Name, "", string.Join(", ", moved.Select(member => $"{world.NameOf(member)} to {member.Status} {member.UpNumber}")));
        View.Change(moved.Aggregate(View.Gossip, (all, member) => all.With(member)));
    }
}
