using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>
/// Coordinator → expert node: hold these experts, and what you hold besides until <see cref="ReleaseExperts"/>. Reply:
/// <see cref="LoadProgress"/> per expert, then <see cref="ExpertsReady"/> or <see cref="LoadFailed"/>. A newer version
/// replaces an older one. Idempotent. Bounded by <see cref="WireLimits.MaxExperts"/>, a few bytes per run of experts.
/// </summary>
/// <param name="Version">The placement that asks for it.</param>
/// <param name="Node">Whom it is for.</param>
/// <param name="Experts">A set; arrives ascending.</param>
public sealed record LoadExperts(long Version, NodeId Node, ImmutableArray<ExpertId> Experts) : IWireMessage;

/// <summary>Expert node → coordinator: one more expert arrived. No reply. Idempotent. At most 300 bytes.</summary>
/// <param name="Version">From the <see cref="LoadExperts"/>.</param>
/// <param name="Node">Who loads.</param>
/// <param name="Loaded">Experts of the set that it holds.</param>
/// <param name="Total">Experts of the set.</param>
/// <param name="Bytes">Bytes of all experts that it holds.</param>
public sealed record LoadProgress(long Version, NodeId Node, int Loaded, int Total, long Bytes) : IWireMessage;

/// <summary>Expert node → coordinator: I hold every expert of this version. No reply. Idempotent. At most 300 bytes.</summary>
/// <param name="Version">From the <see cref="LoadExperts"/>.</param>
/// <param name="Node">Who is ready.</param>
/// <param name="Bytes">Bytes of all experts that it holds.</param>
public sealed record ExpertsReady(long Version, NodeId Node, long Bytes) : IWireMessage;

/// <summary>Expert node → coordinator: I cannot hold this version's experts, and why. No reply. Idempotent. At most 5 KiB.</summary>
public sealed record LoadFailed(long Version, NodeId Node, string Message) : IWireMessage;

/// <summary>
/// Coordinator → expert node: every front routes by this version; free what it does not name. Ignored unless it is the
/// version last asked for. No reply. Idempotent. At most 300 bytes.
/// </summary>
public sealed record ReleaseExperts(long Version, NodeId Node) : IWireMessage;
