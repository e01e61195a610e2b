using System.Buffers.Binary;
using System.Text;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>A cursor over a mapped file that never reads past its end.</summary>
/// <param name="memory">The whole file.</param>
/// <param name="file">Its name, for errors.</param>
internal sealed class GgufReader(WeightMemory memory, string file)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>The next byte to read.</summary>
    public long Position { get; private set; }

    public string File => file;

    private long Remaining => memory.Length - Position;

    public ReadOnlySpan<byte> Bytes(int count, string field)
    {
        if (count > Remaining)
            throw new ModelFormatException($"{file}: {field} needs {count} bytes at offset {Position}; the file ends at {memory.Length}");
        var bytes = memory.Slice(Position, count);
        Position += count;
        return bytes;
    }

    public uint UInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, field));

    public ulong UInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, field));

    /// <summary>A count that is at most <paramref name="bound"/> and whose items, of at least so many bytes, fit the file.</summary>
    public long Count(string field, long bound, int leastItemBytes)
    {
        var count = UInt64(field);
        if (count > (ulong)bound)
            throw new ModelFormatException($"{file}: {field} is {Shown(count)}; at most {bound} is allowed");
        if ((long)count > Remaining / leastItemBytes)
            throw new ModelFormatException($"{file}: {field} is {count}, but only {Remaining} bytes follow");
        return (long)count;
    }

    /// <summary>A length-prefixed string; bytes that are no UTF-8 become U+FFFD.</summary>
    public string String(string field, int bound)
    {
        var length = UInt64(field);
        if (length > (ulong)bound)
            throw new ModelFormatException($"{file}: {field} has a length of {Shown(length)} bytes; at most {bound} is allowed");
        return Utf8.GetString(Bytes((int)length, field));
    }

    /// <summary>A number with its top bit set is somebody's -1 more often than 18446744073709551615.</summary>
    private static string Shown(ulong value) => value > long.MaxValue ? $"{value} ({(long)value})" : $"{value}";
}
