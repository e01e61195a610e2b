using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MoE.Lane;

/// <summary>A frame's bytes in pooled memory, written front to back.</summary>
internal sealed class EncodedFrame : IDisposable
{
    private byte[] _bytes;
    private int _position = LaneHeader.Bytes;

    /// <param name="payloadBytes">Exact length of the payload.</param>
    public EncodedFrame(int payloadBytes)
    {
        Length = LaneHeader.Bytes + payloadBytes;
        _bytes = ArrayPool<byte>.Shared.Rent(Length);
    }

    public int Length { get; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(sizeof(long)), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Next(sizeof(int)), value);

    public void Int32s(ReadOnlySpan<int> values)
    {
        foreach (var value in values)
            Int32(value);
    }

    /// <summary>f32 as they lie in memory; every processor that .NET runs on is little-endian.</summary>
    public void Floats(ReadOnlySpan<float> values) => MemoryMarshal.AsBytes(values).CopyTo(Next(values.Length * sizeof(float)));

    public void Text(ReadOnlySpan<byte> utf8)
    {
        Int32(utf8.Length);
        utf8.CopyTo(Next(utf8.Length));
    }

    /// <summary>Writes the header; the payload is complete.</summary>
    public EncodedFrame Seal(LaneFrameKind kind, ulong dispatchId = 0, int layer = 0)
    {
        LaneHeader.Write(_bytes.AsSpan(0, Length), kind, dispatchId, layer);
        return this;
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private Span<byte> Next(int count)
    {
        var span = _bytes.AsSpan(_position, count);
        _position += count;
        return span;
    }
}
