using System.Collections.Immutable;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>
/// What a node knows of its cluster: a value that only grows, so that two nodes' views merge in any order. Akka.Cluster has
/// vector clocks for the same; who was removed stays so here.
/// </summary>
internal sealed class Gossip
{
    public static Gossip Empty { get; } = new();

    public ImmutableSortedDictionary<int, GossipEntry> Members { get; private init; } = ImmutableSortedDictionary<int, GossipEntry>.Empty;

    public ImmutableSortedSet<int> Removed { get; private init; } = [];

    /// <summary>Whom each member cannot reach, and how often it has changed its mind.</summary>
    public ImmutableSortedDictionary<int, (int Version, ImmutableSortedSet<int> Unreachable)> Observed { get; private init; } =
        ImmutableSortedDictionary<int, (int, ImmutableSortedSet<int>)>.Empty;

    public Gossip With(GossipEntry entry) => new() { Members = Members.SetItem(entry.Uid, entry), Removed = Removed, Observed = Observed };

    public Gossip Observe(int observer, ImmutableSortedSet<int> unreachable)
    {
        var version = Observed.TryGetValue(observer, out var before) ? before.Version + 1 : 1;
        return new() { Members = Members, Removed = Removed, Observed = Observed.SetItem(observer, (version, unreachable)) };
    }

    public Gossip Without(IEnumerable<int> gone) => Normal(Members, Removed.Union(gone), Observed);

    public ImmutableSortedSet<int> UnreachableFrom(int observer) => Observed.TryGetValue(observer, out var seen) ? seen.Unreachable : [];

    /// <summary>Members that some member cannot reach.</summary>
    /// <param name="countDowned">Whether the word of members that are down counts.</param>
    public HashSet<int> Unreachable(bool countDowned)
    {
        var all = new HashSet<int>();
        foreach (var (observer, (_, unreachable)) in Observed)
        {
            if (countDowned || Members[observer].Status != MemberStatus.Down)
                all.UnionWith(unreachable);
        }

        return all;
    }

    public Gossip Merge(Gossip other)
    {
        var members = Members;
        foreach (var (uid, entry) in other.Members)
            members = members.SetItem(uid, members.TryGetValue(uid, out var mine) ? GossipEntry.Further(mine, entry) : entry);
        var observed = Observed;
        foreach (var (uid, theirs) in other.Observed)
        {
            if (!observed.TryGetValue(uid, out var mine) || mine.Version < theirs.Version)
                observed = observed.SetItem(uid, theirs);
        }

        return Normal(members, Removed.Union(other.Removed), observed);
    }

    public bool Same(Gossip other) => ReferenceEquals(this, other) ||
        (Members.Count == other.Members.Count && Removed.SetEquals(other.Removed) && Observed.Count == other.Observed.Count
            && Members.Values.SequenceEqual(other.Members.Values)
            && Observed.All(pair => other.Observed.TryGetValue(pair.Key, out var theirs) && theirs.Version == pair.Value.Version
                && theirs.Unreachable.SetEquals(pair.Value.Unreachable)));

    private static Gossip Normal(
        ImmutableSortedDictionary<int, GossipEntry> members, ImmutableSortedSet<int> removed,
        ImmutableSortedDictionary<int, (int Version, ImmutableSortedSet<int> Unreachable)> observed)
    {
        members = members.RemoveRange(removed);
        foreach (var (uid, (version, unreachable)) in observed)
        {
            if (!members.ContainsKey(uid))
                observed = observed.Remove(uid);
            else if (unreachable.Overlaps(removed))
                observed = observed.SetItem(uid, (version, unreachable.Except(removed)));
        }

        return new Gossip { Members = members, Removed = removed, Observed = observed };
    }
}
