using Akka.Actor;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary><see cref="ExpertNodeActor"/> → its listener: the node's life moved on. Local.</summary>
/// <param name="State">The new state.</param>
/// <param name="Message">What people read.</param>
public sealed record ExpertNodeStateChanged(NodeState State, string Message) : INoSerializationVerificationNeeded;

/// <summary><see cref="ExpertNodeActor"/> → its listener: bytes of experts arrived. Local.</summary>
public sealed record ExpertNodeLoading(int Loaded, int Total, long Bytes) : INoSerializationVerificationNeeded;

/// <summary><see cref="ExpertNodeActor"/> → its listener: the coordinator refused the node; it serves nothing and will not ask again. Local.</summary>
public sealed record ExpertNodeRefused(RefusalReason Reason, string Message) : INoSerializationVerificationNeeded;

/// <summary>Anyone on the node → <see cref="ExpertNodeActor"/>: leave the placement, then stop. Idempotent. Local.</summary>
public sealed record Drain : INoSerializationVerificationNeeded
{
    public static Drain Instance { get; } = new();
}

/// <summary><see cref="ExpertNodeActor"/> → its listener: no placement names the node any more; the process may end. Local.</summary>
public sealed record ExpertNodeDrained : INoSerializationVerificationNeeded
{
    public static ExpertNodeDrained Instance { get; } = new();
}
