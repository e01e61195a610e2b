using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// A frame's bytes on their way out, front to back. One writer uses one over and over. Few rows are copied behind the fields, so
/// that they leave in one write; many stay where they are and follow.
/// </summary>
/// <param name="precision">How rows travel.</param>
internal sealed class EncodedFrame(RowPrecision precision = RowPrecision.F32)
{
    /// <summary>Most bytes of rows that are copied: a second write costs about as much as copying these.</summary>
    private const int MostCopiedBytes = 64 << 10;

    /// <summary>A longer buffer is not kept for the next frame.</summary>
    private const int MostKeptBytes = 1 << 20;

    private readonly XxHash3 _hash = new();
    private byte[] _bytes = new byte[1024];
    private int _length;
    private Pooled<float>? _rows;
    private byte[] _narrow = [];
    private int _narrowLength;

    public long Length => _length + (long)Rest.Length;

    /// <summary>The header and the fields, and the rows where they are few.</summary>
    public ReadOnlyMemory<byte> First => _bytes.AsMemory(0, _length);

    /// <summary>Rows that were not copied; valid as long as the frame that was encoded.</summary>
    public ReadOnlySpan<byte> Rest => _rows is { } rows ? MemoryMarshal.AsBytes(rows.Span) : _narrow.AsSpan(0, _narrowLength);

    /// <summary>Begins another frame.</summary>
    public EncodedFrame Begin()
    {
        if (_bytes.Length > MostKeptBytes)
            _bytes = new byte[1024];
        _length = LaneHeader.Bytes;
        _rows = null;
        _narrowLength = 0;
        return this;
    }

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(sizeof(long)), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Next(sizeof(int)), value);

    public void Int32s(ReadOnlySpan<int> values)
    {
        var bytes = Next(values.Length * sizeof(int));
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
            return;
        }

        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * sizeof(int))..], values[i]);
    }

    /// <summary>To the frame's end: f32 as they lie in memory, since every processor that .NET runs on is little-endian, or bf16.</summary>
    public void Rows(Pooled<float> rows)
    {
        if (precision == RowPrecision.Bf16)
        {
            Bf16Rows.Narrow(rows.Span, NarrowRows(rows.Length * sizeof(ushort)));
            return;
        }

        var bytes = MemoryMarshal.AsBytes(rows.Span);
        if (bytes.Length <= MostCopiedBytes)
            bytes.CopyTo(Next(bytes.Length));
        else
            _rows = rows;
    }

    private Span<byte> NarrowRows(int bytes)
    {
        if (bytes <= MostCopiedBytes)
            return Next(bytes);
        if (_narrow.Length < bytes)
            _narrow = GC.AllocateUninitializedArray<byte>(bytes);
        _narrowLength = bytes;
        return _narrow.AsSpan(0, bytes);
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        Int32(utf8.Length);
        utf8.CopyTo(Next(utf8.Length));
    }

    /// <summary>Writes the header; the payload is complete.</summary>
    public EncodedFrame Seal(LaneFrameKind kind, ulong dispatchId = 0, int layer = 0)
    {
        var first = _bytes.AsSpan(0, _length);
        var rows = kind is LaneFrameKind.Dispatch or LaneFrameKind.Contribution ? precision : RowPrecision.F32;
        LaneHeader.Write(first, kind, checked((uint)(Length - LaneHeader.Bytes)), dispatchId, layer, rows);
        _hash.Reset();
        _hash.Append(first[..LaneHeader.ChecksumOffset]);
        _hash.Append(first[LaneHeader.Bytes..]);
        _hash.Append(Rest);
        LaneHeader.WriteChecksum(first, _hash.GetCurrentHashAsUInt64());
        return this;
    }

    private Span<byte> Next(int count)
    {
        if (_length > _bytes.Length - count)
            Array.Resize(ref _bytes, Math.Max(checked(_length + count), Math.Min(2 * _bytes.Length, MostKeptBytes)));
        var span = _bytes.AsSpan(_length, count);
        _length += count;
        return span;
    }
}
