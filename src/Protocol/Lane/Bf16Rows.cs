using System.Numerics;
using System.Runtime.InteropServices;

namespace MoE.Protocol;

/// <summary>
/// Rows rounded to bfloat16: the upper half of an f32, to nearest, ties to even; what is no number stays so. Rounding twice is
/// rounding once.
/// </summary>
public static class Bf16Rows
{
    private const uint UpperHalf = 0xFFFF_0000;
    private const uint Quiet = 0x0040_0000;

    /// <summary>Rounds in place.</summary>
    public static void Round(Span<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (ref var vector in vectors)
            vector = Vector.AsVectorSingle(Rounded(vector));
        foreach (ref var value in values[(vectors.Length * Vector<float>.Count)..])
            value = BitConverter.UInt32BitsToSingle(Rounded(value));
    }

    /// <summary>Writes the rounded values' upper halves.</summary>
    /// <param name="values">Any values.</param>
    /// <param name="narrow">As many, two bytes each, little-endian.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Narrow(ReadOnlySpan<float> values, Span<byte> narrow)
    {
        var halves = Halves(narrow, values.Length);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var outputs = MemoryMarshal.Cast<ushort, Vector<ushort>>(halves);
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = Vector.Narrow(Rounded(vectors[2 * i]) >> 16, Rounded(vectors[2 * i + 1]) >> 16);
        for (var i = outputs.Length * Vector<ushort>.Count; i < values.Length; i++)
            halves[i] = (ushort)(Rounded(values[i]) >> 16);
    }

    /// <summary>Gives narrow values their size back in the same memory.</summary>
    /// <param name="values">The narrow values lie in the second half of its bytes, in order; overwritten with them as f32.</param>
    public static void WidenInPlace(Span<float> values)
    {
        // A value is never written over one that has not been read: from the front, reading stays ahead until the last.
        var halves = MemoryMarshal.Cast<float, ushort>(values)[values.Length..];
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= values.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(halves[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < values.Length; i++)
            bits[i] = (uint)halves[i] << 16;
    }

    private static Vector<uint> Rounded(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        var rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) & new Vector<uint>(UpperHalf);
        var number = Vector.AsVectorUInt32(Vector.Equals(values, values));
        return Vector.ConditionalSelect(number, rounded, (bits & new Vector<uint>(UpperHalf)) | new Vector<uint>(Quiet));
    }

    private static uint Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (bits & UpperHalf) | Quiet : (bits + 0x7FFF + ((bits >> 16) & 1)) & UpperHalf;
    }

    private static Span<ushort> Halves(Span<byte> narrow, int length) =>
        narrow.Length == 2L * length
            ? MemoryMarshal.Cast<byte, ushort>(narrow)
            : throw new ArgumentException($"{narrow.Length} bytes for {length} values of 2", nameof(narrow));
}
