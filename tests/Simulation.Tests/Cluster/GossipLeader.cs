using System.Collections.Immutable;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>What the leader of a cluster does with what it knows, as functions without state; Akka.Cluster's rules.</summary>
internal static class GossipLeader
{
    /// <summary>Who leads as one member sees it: the first, in the order of addresses, of those that are furthest and can be reached.</summary>
    public static int Of(Gossip gossip, int self, Func<GossipEntry, (int, int)> order)
    {
        var unreachable = gossip.Unreachable(countDowned: true);
        return gossip.Members.Values
            .Where(member => member.Uid == self || (member.Status != MemberStatus.Down && !unreachable.Contains(member.Uid)))
            .OrderBy(member => member.Status switch { MemberStatus.Up or MemberStatus.Leaving => 0, MemberStatus.WeaklyUp => 1, MemberStatus.Joining => 2, MemberStatus.Exiting => 3, _ => 4 })
            .ThenBy(order).First().Uid;
    }

    /// <summary>Whether every member that is up has seen the same, and whoever cannot be reached is down or about to go.</summary>
    public static bool Converged(Gossip gossip, int self, ImmutableSortedSet<int> seen)
    {
        var believed = gossip.Unreachable(countDowned: false);
        return gossip.Members.Values.All(member =>
            (!believed.Contains(member.Uid) || member.Uid == self || member.Status is MemberStatus.Down or MemberStatus.Exiting)
            && (member.Status is not (MemberStatus.Up or MemberStatus.Leaving) || seen.Contains(member.Uid)));
    }

    /// <summary>Those that join, as members that are up, younger than all before; those that leave, as such that exit.</summary>
    public static IReadOnlyList<GossipEntry> Moved(Gossip gossip, Func<GossipEntry, (int, int)> order)
    {
        var youngest = gossip.Members.Values.Max(member => member.UpNumber == int.MaxValue ? 0 : member.UpNumber);
        return [.. gossip.Members.Values
            .Where(member => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp).OrderBy(order)
            .Select(member => member with { Status = MemberStatus.Up, UpNumber = ++youngest })
            .Concat(gossip.Members.Values.Where(member => member.Status == MemberStatus.Leaving).Select(member => member with { Status = MemberStatus.Exiting }))];
    }

    /// <summary>Those that join and can be reached, while there is no convergence.</summary>
    public static IReadOnlyList<GossipEntry> WeaklyUp(Gossip gossip, Func<GossipEntry, (int, int)> order)
    {
        var believed = gossip.Unreachable(countDowned: false);
        return [.. gossip.Members.Values
            .Where(member => member.Status == MemberStatus.Joining && !believed.Contains(member.Uid)).OrderBy(order)
            .Select(member => member with { Status = MemberStatus.WeaklyUp })];
    }

    /// <summary>Members to be removed: those that are unreachable and down or exiting, and those that have said that they have gone.</summary>
    public static IReadOnlyList<int> Gone(Gossip gossip, int self, HashSet<int> confirmed)
    {
        var unreachable = gossip.Unreachable(countDowned: true);
        return [.. gossip.Members.Values
            .Where(member => member.Uid != self && member.Status is MemberStatus.Down or MemberStatus.Exiting
                && (unreachable.Contains(member.Uid) || (member.Status == MemberStatus.Exiting && confirmed.Contains(member.Uid))))
            .Select(member => member.Uid)];
    }
}
