using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>Listener → owner: others reach this node here. Once, before any connection. Local.</summary>
public sealed record LaneListening(string Host, int Port) : INoSerializationVerificationNeeded;

/// <summary>
/// Connection → owner: both sides agreed; frames may be told to the sender, and come from it, until <see cref="LaneClosed"/>.
/// At most once a connection. Local.
/// </summary>
public sealed record LaneOpened(NodeId Peer) : INoSerializationVerificationNeeded;

/// <summary>
/// Connection → owner: it is over; no frame follows. Exactly once for a connection that was dialled or that opened; one that
/// was accepted and did not open is only logged. Local.
/// </summary>
public sealed record LaneClosed(NodeId Peer, LaneCloseReason Reason, string Message) : INoSerializationVerificationNeeded;

/// <summary>Why a lane closed.</summary>
public enum LaneCloseReason
{
    /// <summary>The actor was stopped on this side.</summary>
    Stopped = 1,

    /// <summary>The peer closed the connection, or its process ended.</summary>
    ClosedByPeer,

    /// <summary>Nobody listens there, or not in time.</summary>
    ConnectFailed,

    /// <summary>The peer said no hello in time, or said something else.</summary>
    HelloFailed,

    /// <summary>One side refused the other: another model, numeric policy or wire version, or another node than the one dialled.</summary>
    Refused,

    /// <summary>A frame was damaged or is none.</summary>
    ProtocolError,

    /// <summary>Nothing came for moe.lane.ping-timeout.</summary>
    PingTimeout,

    /// <summary>The peer reads too slowly: moe.lane.write-queue-frames are waiting.</summary>
    WriteQueueFull,

    /// <summary>The network failed.</summary>
    ConnectionLost,
}
