using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The membership listener → <see cref="PlacementCoordinator"/>: the failure detector changed its mind about a process. Local.</summary>
public sealed record MemberReachability(NodeId Node, bool Reachable) : INoSerializationVerificationNeeded;

/// <summary>The membership listener → <see cref="PlacementCoordinator"/>: a process is down, and what it held is lost. Another that has its address by now is not meant. Local.</summary>
public sealed record MemberDown(NodeId Node) : INoSerializationVerificationNeeded;

/// <summary><see cref="PlacementCoordinator"/> → itself: fronts had time to adopt a placement.</summary>
internal sealed record AdoptTimedOut(long Version) : INoSerializationVerificationNeeded;

/// <summary><see cref="PlacementCoordinator"/> → itself: a node has been unreachable for long.</summary>
internal sealed record NodeUnreachable(NodeId Node) : INoSerializationVerificationNeeded;

/// <summary><see cref="PlacementCoordinator"/> → itself: a node that could not load its experts may try again.</summary>
internal sealed record RetryLoading(NodeId Node) : INoSerializationVerificationNeeded;

/// <summary><see cref="PlacementCoordinator"/> → itself: members had time to say what they hold and route by.</summary>
internal sealed record Settle : INoSerializationVerificationNeeded
{
    public static Settle Instance { get; } = new();
}

/// <summary><see cref="PlacementCoordinator"/> → itself: look at speeds and load.</summary>
internal sealed record Rebalance : INoSerializationVerificationNeeded
{
    public static Rebalance Instance { get; } = new();
}

/// <summary><see cref="PlacementCoordinator"/> → itself: say again what the rollout waits for.</summary>
internal sealed record Repeat : INoSerializationVerificationNeeded
{
    public static Repeat Instance { get; } = new();
}
