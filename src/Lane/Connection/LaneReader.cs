using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Reads frames until the lane ends and tells them to the owner straight from the reading task: an answer does not wait in
/// the connection's mailbox.
/// </summary>
internal sealed class LaneReader(LaneStream stream, LaneWriter writer, long maxFrameBytes, IActorRef owner, IActorRef connection)
{
    private readonly Lock _lock = new();
    private bool _closed;

    /// <exception cref="LaneProtocolException">What came is no frame, or was damaged on the way.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await stream.ReadAsync(maxFrameBytes, cancellation).ConfigureAwait(false) is { } received)
        {
            using (received)
            {
                if (!Handle(received))
                    return;
            }
        }
    }

    /// <summary>No frame reaches the owner after this returns.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }

    private bool Handle(ReceivedFrame received)
    {
        switch (received.Header.Kind)
        {
            case LaneFrameKind.Ping:
                writer.Pong();
                return true;
            case LaneFrameKind.Pong:
                return true;
            case LaneFrameKind.Refused:
                throw new LaneHandshakeException(LaneCloseReason.Refused, $"the peer refused: {LaneFrameCodec.DecodeRefused(received.Payload)}");
            default:
                return Deliver(LaneFrameCodec.Decode(received.Header, received.Payload));
        }
    }

    private bool Deliver(LaneFrame frame)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                owner.Tell(frame, connection);
                return true;
            }
        }

        frame.Dispose();
        return false;
    }
}
