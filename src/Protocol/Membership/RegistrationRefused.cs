namespace MoE.Protocol;

/// <summary>
/// Coordinator → expert node or front: you cannot take part. Final: whoever is refused does not ask again. No reply.
/// Idempotent. At most 5 KiB.
/// </summary>
/// <param name="Node">Who is refused.</param>
/// <param name="Reason">What differs.</param>
/// <param name="Message">What people read: both values and the remedy.</param>
public sealed record RegistrationRefused(NodeId Node, RefusalReason Reason, string Message) : IWireMessage;

/// <summary>Why a member is refused. Append only: the values travel.</summary>
public enum RefusalReason
{
    ModelHashDiffers = 1,

    WireVersionDiffers = 2,

    NumericPolicyDiffers = 3,

    /// <summary>A field is out of its range.</summary>
    BadRegistration = 4,

    /// <summary>The cluster has as many expert nodes as it may.</summary>
    Full = 5,

    /// <summary>A front stores keys and values otherwise than the others.</summary>
    KvCacheTypeDiffers = 6,
}
