using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.Util;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>A member in gossip.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Uid">Unique for one membership, in all of the simulation.</param>
/// <param name="IsSeed">Whether it has the seed's role.</param>
/// <param name="Status">How far it is.</param>
/// <param name="UpNumber">Its age: who came up earlier has a smaller one.</param>
internal sealed record GossipEntry(Address Address, int Uid, bool IsSeed, MemberStatus Status, int UpNumber)
{
    private static readonly ImmutableHashSet<string> s_seed = [CoordinatorLocator.SeedRole];

    /// <summary>One that is let in.</summary>
    public static GossipEntry Joining(ModelledMembership node) =>
        new(node.Self.Address, node.Uid, node.Process.Machine.IsSeed, MemberStatus.Joining, int.MaxValue);

    /// <summary>As Akka.Cluster's events have it.</summary>
    public Member ToMember(MemberStatus status) =>
        Create(null, new UniqueAddress(Address, Uid), UpNumber, status, IsSeed ? s_seed : [], AppVersion.Zero);

    /// <summary>The further one of two states of a member; of two numbers the older.</summary>
    public static GossipEntry Further(GossipEntry a, GossipEntry b)
    {
        if (a.Status == b.Status)
            return a.UpNumber <= b.UpNumber ? a : b;
        return Rank(a.Status) > Rank(b.Status) ? a : b;
    }

    private static int Rank(MemberStatus status) => status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "not in the model"),
    };

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern Member Create(
        Member? type, UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion appVersion);
}
