using System.Collections.Immutable;

namespace MoE.Simulation.Tests;

/// <summary>How what a membership knows gets to the others: to one of them at a time, which answers where it knows more, or has not seen it yet.</summary>
internal sealed class GossipExchange(World world, ModelledMembership self)
{
    /// <summary>Akka's MaxGossipsBeforeShuttingDownMyself.</summary>
    private const int Some = 5;

    private MembershipView View => self.View;

    /// <summary>To one that has not seen it, mostly.</summary>
    public void SendToOne()
    {
        if (Targets() is not { Count: > 0 } targets)
            return;
        var unseen = targets.Where(target => !View.Seen.Contains(target)).ToList();
        var among = unseen.Count > 0 && !world.Loop.OneIn(5) ? unseen : targets;
        Send(among[world.Loop.Random.Next(among.Count)]);
    }

    /// <summary>To a few at once: there is no time for more.</summary>
    public void SendToSome()
    {
        var targets = Targets();
        for (var i = 0; i < Some && targets.Count > 0; i++)
        {
            var index = world.Loop.Random.Next(targets.Count);
            Send(targets[index]);
            targets.RemoveAt(index);
        }
    }

    public void Send(int uid)
    {
        var (to, gossip, seen) = (world.ByUid(uid), View.Gossip, View.Seen);
        world.Cables.Send(self, to, () => to.Exchange.Receive(self, gossip, seen));
    }

    private List<int> Targets()
    {
        var unreachable = View.Gossip.UnreachableFrom(self.Uid);
        return [.. View.Gossip.Members.Keys.Where(uid => uid != self.Uid && !unreachable.Contains(uid))];
    }

    private void Receive(ModelledMembership from, Gossip gossip, ImmutableSortedSet<int> seen)
    {
        if (!self.IsMember || !self.Knows(from) || View.Gossip.UnreachableFrom(self.Uid).Contains(from.Uid) || !gossip.Members.ContainsKey(self.Uid))
            return;
        var knowsAll = View.Merge(gossip, seen);
        if ((!knowsAll || !seen.Contains(self.Uid)) && self.IsMember)
            Send(from.Uid);
    }
}
