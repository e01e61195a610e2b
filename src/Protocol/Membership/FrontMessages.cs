namespace MoE.Protocol;

/// <summary>
/// Front → coordinator: I route requests; keep me informed. Reply: <see cref="FrontAccepted"/> or
/// <see cref="RegistrationRefused"/>. Repeated until answered; idempotent. Bounded as <see cref="PublishPlacement"/>.
/// </summary>
/// <param name="Node">Who it is.</param>
/// <param name="ModelHash">The model it serves.</param>
/// <param name="WireVersion">The <see cref="Protocol.WireVersion"/> it speaks.</param>
/// <param name="NumericPolicy">How it computes products.</param>
/// <param name="KvCacheType">How it stores keys and values (<c>moe.engine.kv-cache-type</c>).</param>
/// <param name="Placement">What it routes by: a new coordinator goes on from there.</param>
public sealed record RegisterFront(
    NodeId Node, string ModelHash, int WireVersion, string NumericPolicy, string KvCacheType, ExpertPlacement Placement) : IWireMessage;

/// <summary>Coordinator → front: you are a member; <see cref="PublishPlacement"/> follows where one is in force. No reply. Idempotent. At most 300 bytes.</summary>
public sealed record FrontAccepted(NodeId Node) : IWireMessage;
