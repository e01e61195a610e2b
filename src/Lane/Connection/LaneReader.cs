using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Reads frames until the lane ends and tells them to the owner straight from the reading thread: an answer does not wait in
/// the connection's mailbox.
/// </summary>
internal sealed class LaneReader(
    LaneStream stream, LaneWriter writer, ISharedRows? shared, long maxFrameBytes, RowPrecision precision, IActorRef owner, IActorRef connection)
{
    private readonly Lock _lock = new();
    private bool _closed;

    /// <exception cref="LaneProtocolException">What came is no frame, or was damaged on the way.</exception>
    public void Run()
    {
        while (stream.ReadHeader(maxFrameBytes) is { } header && Handle(header))
        {
        }
    }

    /// <summary>No frame reaches the owner after this returns.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }

    private bool Handle(LaneHeader header)
    {
        switch (header.Kind)
        {
            case LaneFrameKind.Ping:
                ReadRest(header);
                writer.Pong();
                return true;
            case LaneFrameKind.Pong:
                ReadRest(header);
                return true;
            case LaneFrameKind.Refused:
                var reason = LaneFrameCodec.DecodeRefused(ReadRest(header));
                throw new LaneHandshakeException(LaneCloseReason.Refused, $"the peer refused: {reason}");
            default:
                return Deliver(ReadFrame(header));
        }
    }

    private ReadOnlySpan<byte> ReadRest(LaneHeader header)
    {
        var payload = stream.Read(header.PayloadBytes);
        stream.End(header);
        return payload;
    }

    private LaneFrame ReadFrame(LaneHeader header)
    {
        var floats = LaneFrameCodec.RowFloats(header, stream.Peek(Math.Min(header.PayloadBytes, LaneFrameCodec.PrefixBytes)));
        if (floats > 0 && header.Precision != precision)
            throw new LaneProtocolException($"rows came as {header.Precision}; this side has {precision} (moe.lane.activations)");
        var fields = stream.Read(header.PayloadBytes - floats * header.ValueBytes);
        var rows = floats == 0 ? null : new Pooled<float>(floats);
        try
        {
            if (rows is not null)
                stream.Read(rows, precision);
            stream.End(header);
            return Decode(header, fields, rows);
        }
        catch
        {
            rows?.Dispose();
            throw;
        }
    }

    private LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> fields, Pooled<float>? rows)
    {
        if (header.Kind is LaneFrameKind.SharedDispatch or LaneFrameKind.SharedContribution)
            return shared?.Decode(header, fields) ?? throw new LaneProtocolException($"a {header.Kind} frame, though no memory is shared");
        var frame = LaneFrameCodec.Decode(header, fields, rows);
        shared?.Received(frame);
        return frame;
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
