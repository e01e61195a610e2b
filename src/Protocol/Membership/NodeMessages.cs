using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>
/// Expert node → coordinator: here I am. Reply: <see cref="NodeAccepted"/> or <see cref="RegistrationRefused"/>. Repeated
/// until answered; idempotent. At most 1 KiB, and a few bytes per run of experts.
/// </summary>
/// <param name="Registration">Who it is.</param>
/// <param name="Held">Experts in memory: a new coordinator leaves them where they are.</param>
/// <param name="Speed">As in <see cref="ReportNodeLoad"/>: a new coordinator need not measure again.</param>
public sealed record RegisterNode(NodeRegistration Registration, ImmutableArray<ExpertId> Held, long Speed) : IWireMessage;

/// <summary>Coordinator → expert node: you are a member; <see cref="LoadExperts"/> follows. No reply. Idempotent. At most 300 bytes.</summary>
public sealed record NodeAccepted(NodeId Node) : IWireMessage;

/// <summary>
/// Expert node → coordinator: place my experts elsewhere, I want to stop. Reply: <see cref="NodeReleased"/>, once no
/// placement names the node, and not before a new coordinator has had time to hear of placements. Repeated until answered;
/// idempotent. At most 300 bytes.
/// </summary>
public sealed record NodeLeaving(NodeId Node) : IWireMessage;

/// <summary>Coordinator → expert node: no placement names you, you may stop. No reply. Idempotent. At most 300 bytes.</summary>
public sealed record NodeReleased(NodeId Node) : IWireMessage;
