using System.Buffers.Binary;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// The 32 bytes before every payload, little-endian: magic u32, version u16, kind u8, flags u8 (1: rows are bf16), payload length u32,
/// dispatch id u64, layer u32, checksum u64. The checksum is XxHash3 over the 24 bytes before it and the payload, as one text.
/// </summary>
internal readonly record struct LaneHeader(
    LaneFrameKind Kind, int PayloadBytes, ulong DispatchId, int Layer, ulong Checksum, RowPrecision Precision = RowPrecision.F32)
{
    public const int Bytes = 32;

    /// <summary>"MoEL".</summary>
    private const uint Magic = 0x4C456F4D;

    private const byte Bf16Flag = 1;

    /// <summary>Bytes that the checksum covers, before the payload.</summary>
    public const int ChecksumOffset = 24;

    /// <summary>Writes everything but the checksum.</summary>
    public static void Write(Span<byte> frame, LaneFrameKind kind, uint payloadBytes, ulong dispatchId, int layer, RowPrecision precision)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], WireVersion.Current);
        frame[6] = (byte)kind;
        frame[7] = precision == RowPrecision.Bf16 ? Bf16Flag : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], payloadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[12..], dispatchId);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[20..], (uint)layer);
    }

    public static void WriteChecksum(Span<byte> frame, ulong checksum) => BinaryPrimitives.WriteUInt64LittleEndian(frame[ChecksumOffset..], checksum);

    /// <exception cref="LaneProtocolException">The bytes are no header, or the payload is longer than <paramref name="maxPayloadBytes"/>.</exception>
    public static LaneHeader Read(ReadOnlySpan<byte> bytes, long maxPayloadBytes)
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != Magic)
            throw new LaneProtocolException($"the first bytes are {Convert.ToHexString(bytes[..4])}; a lane frame starts with 4D6F454C ('MoEL')");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (version != WireVersion.Current)
            throw new LaneVersionException(version);
        var kind = (LaneFrameKind)bytes[6];
        if (!Enum.IsDefined(kind))
            throw new LaneProtocolException($"frame kind {bytes[6]} is unknown");
        if (bytes[7] > Bf16Flag)
            throw new LaneProtocolException($"frame flags are {bytes[7]}; at most {Bf16Flag}");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (length > maxPayloadBytes)
            throw new LaneProtocolException($"a payload of {length} bytes; at most {maxPayloadBytes} (moe.lane.max-frame-bytes)");
        var layer = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]);
        if (layer > WireLimits.MaxIndex)
            throw new LaneProtocolException($"layer {layer}; at most {WireLimits.MaxIndex}");
        return new LaneHeader(
            kind,
            (int)length,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
            (int)layer,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]),
            bytes[7] == Bf16Flag ? RowPrecision.Bf16 : RowPrecision.F32);
    }

    /// <summary>Bytes of one value of the rows.</summary>
    public int ValueBytes => Precision == RowPrecision.Bf16 ? sizeof(ushort) : sizeof(float);

    /// <param name="actual">The checksum of what came.</param>
    /// <exception cref="LaneProtocolException">The bytes are not what was sent.</exception>
    public void Verify(ulong actual)
    {
        if (actual != Checksum)
            throw new LaneProtocolException($"a {Kind} frame's checksum is {actual:X16}; its header says {Checksum:X16}");
    }
}
