using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>What one membership knows of its cluster, and which members have seen just that.</summary>
/// <param name="world">Knows the order of members.</param>
/// <param name="self">Whose it is.</param>
internal sealed class MembershipView(World world, int self)
{
    public Gossip Gossip { get; private set; } = Gossip.Empty;

    public ImmutableSortedSet<int> Seen { get; private set; } = [];

    /// <summary>The gossip is another one.</summary>
    public event Action? Changed;

    /// <summary>How far the membership itself is, or null where it is none.</summary>
    public MemberStatus? Status => Gossip.Members.TryGetValue(self, out var entry) ? entry.Status : null;

    /// <summary>The seed that has the coordinator, or null.</summary>
    public GossipEntry? OldestSeed => Gossip.Members.Values
        .Where(member => member is { IsSeed: true, Status: MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting }).MinBy(member => member.UpNumber);

    /// <summary>The members at an address; one, or two where a process was restarted.</summary>
    public IEnumerable<GossipEntry> MembersAt(Address address) => Gossip.Members.Values.Where(entry => entry.Address.Equals(address)).OrderBy(world.OrderOf);

    /// <summary>Takes over what nobody else has seen, and has nobody told.</summary>
    public void Begin(Gossip gossip)
    {
        Gossip = gossip;
        Seen = [self];
    }

    /// <summary>Takes over what nobody else has seen.</summary>
    public void Change(Gossip gossip)
    {
        Begin(gossip);
        Changed?.Invoke();
    }

    /// <summary>Puts what another one knows to it.</summary>
    /// <param name="gossip">The other's.</param>
    /// <param name="seen">Who has seen that.</param>
    /// <returns>Whether the other one knows all that there is.</returns>
    public bool Merge(Gossip gossip, ImmutableSortedSet<int> seen)
    {
        var merged = gossip.Same(Gossip) ? Gossip : gossip.Merge(Gossip);
        var (older, newer) = (merged.Same(gossip), merged.Same(Gossip));
        Seen = (older, newer) switch
        {
            (true, true) => seen.Union(Seen),
            (true, false) => seen,
            (false, true) => Seen,
            _ => [],
        };
        Seen = Seen.Add(self).Intersect(merged.Members.Keys);
        Gossip = older ? gossip : merged;
        if (!newer)
            Changed?.Invoke();
        return older;
    }
}
