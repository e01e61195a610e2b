using Akka.Actor;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>The way into a cluster: a process asks members that answer until one lets it in. Both ends of it.</summary>
internal sealed class Admission(World world, ModelledMembership self)
{
    /// <summary>As configured in hocon/akka.conf.</summary>
    private static readonly TimeSpan s_ask = TimeSpan.FromSeconds(1), s_retry = TimeSpan.FromSeconds(2);

    private IReadOnlyList<Address> _contacts = [];
    private TimeSpan _retryAt;
    private bool _joining;

    public void Begin(IReadOnlyList<Address> contacts)
    {
        _contacts = contacts;
        _joining = true;
        Ask();
    }

    public void End() => _joining = false;

    private void Ask()
    {
        if (!_joining || !self.Listens)
            return;
        // Whoever has seen this membership go says so.
        foreach (var quarantining in _contacts.Select(world.ListeningAt).OfType<ModelledMembership>().Where(other => other.HasQuarantined(self)))
            world.Cables.Send(self, quarantining, () => { });
        var answering = _contacts.Select(world.ListeningAt)
            .Where(other => other is { IsMember: true, View.Status: not MemberStatus.Down } && world.Cables.CanAsk(self, other)).ToList();
        if (world.Loop.Now >= _retryAt && answering.Count > 0)
        {
            _retryAt = world.Loop.Now + s_retry;
            var contact = answering[world.Loop.Random.Next(answering.Count)]!;
            world.Cables.Send(self, contact, () => contact.Admission.LetIn(self));
        }

        world.Loop.After(s_ask, () => self.Process.Run(Ask));
    }

    private void LetIn(ModelledMembership node)
    {
        if (self is not { IsMember: true, View: { Status: not MemberStatus.Down } view })
            return;
        var there = view.MembersAt(node.Self.Address).FirstOrDefault();
        if (there is null)
        {
            if (view.Gossip.Removed.Contains(node.Uid))
                return;
            self.Heartbeats.Forget(node.Self.Address);
            view.Change(view.Gossip.With(GossipEntry.Joining(node)));
        }
        else if (there.Uid != node.Uid)
        {
            // The process was restarted: its former membership has to go first. The process asks again.
            if (there.Status != MemberStatus.Down)
                self.Downing.Mark(there.Address, self.Heartbeats.Terminate(there.Uid));
            return;
        }

        var (gossip, lineage) = (view.Gossip, self.Lineage);
        world.Cables.Send(self, node, () => node.Admission.Welcome(gossip, lineage));
    }

    private void Welcome(Gossip gossip, int lineage)
    {
        if (self.IsMember || !_joining || !self.Listens)
            return;
        _joining = false;
        // A seed that joins members who have lost every seed takes over what they had, as one does that forms a cluster.
        var founds = self.Process.Machine.IsSeed && !gossip.Members.Values.Any(member => member is { IsSeed: true, Status: MemberStatus.Up });
        self.Lineage = founds ? world.NewLineage() : lineage;
        world.Trace.Add("welcomed", self.Process.Name);
        self.View.Change(gossip);
    }
}
