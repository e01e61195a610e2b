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
            .OrderBy(member => member.Status switch { MemberStatus.Up => 0, MemberStatus.WeaklyUp => 1, MemberStatus.Joining => 2, _ => 3 })
            .ThenBy(order).First().Uid;
    }

    /// <summary>Whether every member that is up has seen the same, and whoever cannot be reached is down.</summary>
    public static bool Converged(Gossip gossip, int self, ImmutableSortedSet<int> seen)
    {
        var believed = gossip.Unreachable(countDowned: false);
        return gossip.Members.Values.All(member =>
            (!believed.Contains(member.Uid) || member.Uid == self || member.Status == MemberStatus.Down)
            && (member.Status != MemberStatus.Up || seen.Contains(member.Uid)));
    }

    /// <summary>Those that join, as members that are up, younger than all before.</summary>
    public static IReadOnlyList<GossipEntry> Up(Gossip gossip, Func<GossipEntry, (int, int)> order)
    {
        var youngest = gossip.Members.Values.Max(member => member.UpNumber == int.MaxValue ? 0 : member.UpNumber);
        return [.. gossip.Members.Values
            .Where(member => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp).OrderBy(order)
            .Select(member => member with { Status = MemberStatus.Up, UpNumber = ++youngest })];
    }

    /// <summary>Those that join and can be reached, while there is no convergence.</summary>
    public static IReadOnlyList<GossipEntry> WeaklyUp(Gossip gossip, Func<GossipEntry, (int, int)> order)
    {
        var believed = gossip.Unreachable(countDowned: false);
        return [.. gossip.Members.Values
            .Where(member => member.Status == MemberStatus.Joining && !believed.Contains(member.Uid)).OrderBy(order)
            .Select(member => member with { Status = MemberStatus.WeaklyUp })];
    }

    /// <summary>Members that are down and unreachable: to be removed.</summary>
    public static IReadOnlyList<int> Gone(Gossip gossip, int self)
    {
        var unreachable = gossip.Unreachable(countDowned: true);
        return [.. gossip.Members.Values
            .Where(member => member.Uid != self && member.Status == MemberStatus.Down && unreachable.Contains(member.Uid))
            .Select(member => member.Uid)];
    }
}
