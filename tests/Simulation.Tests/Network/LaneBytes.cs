using System.IO.Hashing;
using System.Runtime.InteropServices;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>Frames as the lane's own codec writes and reads them.</summary>
internal static class LaneBytes
{
    private const int MaxPayloadBytes = 1 << 20;

    public static byte[] Of(LaneFrame frame)
    {
        var encoded = LaneFrameCodec.Encode(frame, new EncodedFrame());
        return [.. encoded.First.Span, .. encoded.Rest];
    }

    /// <exception cref="LaneProtocolException">The bytes are damaged.</exception>
    public static LaneFrame Read(ReadOnlySpan<byte> bytes)
    {
        var header = LaneHeader.Read(bytes, MaxPayloadBytes);
        var payload = bytes[LaneHeader.Bytes..];
        if (header.PayloadBytes != payload.Length)
            throw new LaneProtocolException($"a payload of {payload.Length} bytes; its header says {header.PayloadBytes}");
        var hash = new XxHash3();
        hash.Append(bytes[..LaneHeader.ChecksumOffset]);
        hash.Append(payload);
        header.Verify(hash.GetCurrentHashAsUInt64());
        var floats = LaneFrameCodec.RowFloats(header, payload[..Math.Min(payload.Length, LaneFrameCodec.PrefixBytes)]);
        var fields = payload[..^(floats * sizeof(float))];
        if (floats == 0)
            return LaneFrameCodec.Decode(header, fields, null);
        var rows = new Pooled<float>(floats);
        MemoryMarshal.Cast<byte, float>(payload[fields.Length..]).CopyTo(rows.Span);
        return LaneFrameCodec.Decode(header, fields, rows);
    }
}
