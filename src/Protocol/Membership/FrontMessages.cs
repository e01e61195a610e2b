namespace MoE.Protocol;

/// <summary>
/// Front → coordinator: I route requests; keep me informed. Reply: <see cref="FrontAccepted"/> or
/// <see cref="RegistrationRefused"/>. Repeated until answered; idempotent. At most 600 bytes.
/// </summary>
public sealed record RegisterFront(NodeId Node, string ModelHash, int WireVersion, string NumericPolicy) : IWireMessage;

/// <summary>Coordinator → front: you are a member; <see cref="PublishPlacement"/> follows where one is in force. No reply. Idempotent. At most 300 bytes.</summary>
public sealed record FrontAccepted(NodeId Node) : IWireMessage;
