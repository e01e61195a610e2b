using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Reads frames until the lane ends and tells them to the owner straight from the reading thread: an answer does not wait in
/// the connection's mailbox. Where the owner has compute threads, the reading thread takes part in the work that a frame brings, until
/// more has come: the work begins without a thread to wake, on a processor that is awake.
/// </summary>
/// <param name="stream">Where from.</param>
/// <param name="writer">Answers pings.</param>
/// <param name="shared">Memory that rows may come through, if both sides share some.</param>
/// <param name="maxFrameBytes">Largest payload.</param>
/// <param name="precision">How rows travel.</param>
/// <param name="owner">Gets the frames.</param>
/// <param name="connection">Their sender.</param>
/// <param name="pool">
/// The owner's compute threads, or null. A piece of work must be shorter than <see cref="LaneSettings.PingTimeout"/>: pings are answered after it.
/// </param>
internal sealed class LaneReader(
    LaneStream stream, LaneWriter writer, ISharedRows? shared, long maxFrameBytes, RowPrecision precision, IActorRef owner, IActorRef connection,
    ComputePool? pool)
{
    private readonly Lock _lock = new();
    private bool _delivered;
    private bool _closed;

    private bool HasInput => stream.HasInput;

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
                return Take(ReadFrame(header));
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
        Pooled<float>? rows = floats == 0 ? null : new Pooled<float>(floats);
        try
        {
            if (rows is { } values)
                stream.Read(values, precision);
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

    private bool Take(LaneFrame frame)
    {
        if (pool is null)
            return Deliver(frame);
        pool.SubmitAndHelp(
            (Reader: this, Frame: frame), static all => all.Reader._delivered = all.Reader.Deliver(all.Frame), static all => all.Reader.HasInput);
        return _delivered;
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
