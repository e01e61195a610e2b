using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>How a member leaves in order: it says so, the leader lets it go, it says goodbye, and its process ends.</summary>
internal sealed class Departure(World world, ModelledMembership self)
{
    private bool _exiting;

    private MembershipView View => self.View;

    public void Begin()
    {
        if (View.Gossip.Members[self.Uid] is { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } entry)
            View.Change(View.Gossip.With(entry with { Status = MemberStatus.Leaving }));
    }

    /// <summary>Says goodbye, once the leader has let it go.</summary>
    public void GoOn()
    {
        if (_exiting || View.Status != MemberStatus.Exiting)
            return;
        _exiting = true;
        foreach (var other in View.Gossip.Members.Keys.Where(uid => uid != self.Uid).Select(world.ByUid))
            world.Cables.Send(self, other, () => other.Leader.ConfirmExit(self.Uid));
        world.Loop.After(world.Loop.Between(20, 300), () => self.Process.Run(self.Process.End));
    }
}
