using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>
/// Coordinator → front: every node of this placement holds its experts; route by it. Reply: <see cref="PlacementAdopted"/>.
/// Idempotent. Bounded by <see cref="WireLimits.MaxExperts"/> and <see cref="WireLimits.MaxNodes"/>, a few bytes per run of
/// experts on the same nodes.
/// </summary>
/// <param name="Placement">What holds what.</param>
/// <param name="Endpoints">Where the placement's nodes listen.</param>
public sealed record PublishPlacement(ExpertPlacement Placement, ImmutableArray<LaneEndpoint> Endpoints) : IWireMessage;

/// <summary>Where a node's data lane listens.</summary>
public sealed record LaneEndpoint(NodeId Node, string Host, int Port);

/// <summary>Front → coordinator: I route by this version and by none before it. No reply. Idempotent. At most 300 bytes.</summary>
public sealed record PlacementAdopted(long Version, NodeId Node) : IWireMessage;

/// <summary>
/// Coordinator → front: not every expert can be placed on the nodes there are. What waits for a missing one should fail now; a
/// later <see cref="PublishPlacement"/> ends the state. No reply. Idempotent. At most 5 KiB.
/// </summary>
/// <param name="Version">The placement that is in force all the same.</param>
/// <param name="Reason">What people read: what is short.</param>
public sealed record PlacementImpossible(long Version, string Reason) : IWireMessage;

/// <summary>
/// Coordinator → front: no placement is in force yet. The first <see cref="PublishPlacement"/> ends the state. No reply. Idempotent. At
/// most 5 KiB.
/// </summary>
/// <param name="Reason">What people read: what it waits for.</param>
public sealed record PlacementPending(string Reason) : IWireMessage;

/// <summary>
/// Front → coordinator: this node's answers are wrong; give it no more experts. No reply. Idempotent. At most 5 KiB.
/// </summary>
/// <param name="Front">Who says so.</param>
/// <param name="Node">Whose answers they were.</param>
/// <param name="Reason">What was wrong.</param>
public sealed record ReportNodeFault(NodeId Front, NodeId Node, string Reason) : IWireMessage;
