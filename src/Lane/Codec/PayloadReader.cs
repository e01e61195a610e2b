using System.Buffers.Binary;
using System.Text;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>A cursor over a payload; every count is checked against the bytes that are left before it sizes anything.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload, LaneFrameKind kind)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = payload;

    public readonly int BytesLeft => _rest.Length;

    public long Int64(string field) => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long), field));

    public int Int32(string field, int most = int.MaxValue)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), field));
        return value <= (uint)most ? (int)value : throw Wrong($"{field} is {value}; at most {most}");
    }

    /// <summary>A count of items of at least <paramref name="itemBytes"/> that fit in what is left.</summary>
    public int Count(string field, int itemBytes)
    {
        var count = Int32(field);
        return count <= _rest.Length / itemBytes ? count : throw Wrong($"{field} is {count}; {_rest.Length} bytes are left");
    }

    public void Int32s(string field, Span<int> values)
    {
        var bytes = Take(values.Length * sizeof(int), field);
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
    }

    /// <summary>Hidden size and row count, as floats of rows.</summary>
    /// <param name="most">Bytes that the rows may take.</param>
    /// <param name="valueBytes">Bytes of a value.</param>
    public int RowFloats(int most, int valueBytes)
    {
        var hiddenSize = Int32("hidden size");
        var rowCount = Int32("row count");
        var bytes = (UInt128)hiddenSize * (UInt128)rowCount * (UInt128)valueBytes;
        return bytes <= (UInt128)Math.Max(most, 0) ? (int)bytes / valueBytes : throw Wrong($"{rowCount} rows of {hiddenSize} are {bytes} bytes; {most} follow");
    }

    public string Text(string field, int maxBytes)
    {
        var bytes = Bytes(field, maxBytes);
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong($"{field} is no valid UTF-8");
        }
    }

    /// <summary>A length and as many bytes.</summary>
    public ReadOnlySpan<byte> Bytes(string field, int maxBytes) => Take(Int32(field, maxBytes), field);

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw Wrong($"{_rest.Length} bytes follow the last field");
    }

    private ReadOnlySpan<byte> Take(int count, string field)
    {
        if (count > _rest.Length)
            throw Wrong($"{field} needs {count} bytes; {_rest.Length} are left");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly LaneProtocolException Wrong(string what) => new($"a {kind} frame: {what}");
}
