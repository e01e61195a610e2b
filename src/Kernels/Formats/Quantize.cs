using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>f32 to stored weights, exactly as ggml's <c>quantize_row_*_ref</c> (ggml-quants.c).</summary>
public static class Quantize
{
    private const int RowsPerTask = 16;

    /// <summary>Whether <see cref="Row"/> can write <paramref name="type"/>.</summary>
    public static bool Supports(WeightType type) =>
        type is WeightType.F32 or WeightType.F16 or WeightType.BF16 or WeightType.Q8_0
            or WeightType.Q4_0 or WeightType.Q4_1 or WeightType.Q5_0 or WeightType.Q5_1;

    /// <summary>Writes a row in <paramref name="type"/>.</summary>
    /// <param name="type">A type that <see cref="Supports"/> names.</param>
    /// <param name="source">Whole blocks of values.</param>
    /// <param name="destination">As many bytes as the row takes.</param>
    /// <exception cref="ArgumentException">The lengths do not belong together, or the type is not supported.</exception>
    public static void Row(WeightType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        if (!Supports(type))
            throw new ArgumentException($"no quantiser for {type.Name()}", nameof(type));
        var expected = type.RowBytes(source.Length);
        if (destination.Length != expected)
            throw new ArgumentException($"{source.Length} values of {type.Name()} are {expected} bytes, not {destination.Length}", nameof(destination));
        switch (type)
        {
            case WeightType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case WeightType.F16:
                var halves = MemoryMarshal.Cast<byte, ushort>(destination);
                for (var i = 0; i < source.Length; i++)
                    halves[i] = HalfBits(source[i]);
                break;
            case WeightType.BF16:
                var brains = MemoryMarshal.Cast<byte, ushort>(destination);
                for (var i = 0; i < source.Length; i++)
                    brains[i] = BrainBits(source[i]);
                break;
            default:
                var bytes = type.BlockBytes();
                for (var block = 0; block * 32 < source.Length; block++)
                    Block(type, source.Slice(block * 32, 32), destination.Slice(block * bytes, bytes));
                break;
        }
    }

    /// <summary>A copy of a matrix in another type. The source's pages are given back, as nobody reads it any more.</summary>
    /// <returns>The copy, and the native memory it lives in, which the caller owns.</returns>
    public static (WeightMatrix Matrix, NativeWeightMemory Memory) Convert(WeightMatrix source, WeightType type)
    {
        ArgumentNullException.ThrowIfNull(source);
        var rowBytes = checked((int)type.RowBytes(source.Columns));
        var memory = new NativeWeightMemory((long)source.Rows * rowBytes);
        try
        {
            Parallel.For(0, (source.Rows + RowsPerTask - 1) / RowsPerTask, task =>
            {
                var values = new float[source.Columns];
                for (var row = task * RowsPerTask; row < Math.Min(source.Rows, (task + 1) * RowsPerTask); row++)
                {
                    Dequantize.Row(source.Type, source.Row(row), values);
                    Row(type, values, memory.Writable((long)row * rowBytes, rowBytes));
                }
            });
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        source.Release();
        return (new WeightMatrix(type, source.Rows, source.Columns, memory, 0), memory);
    }

    private static void Block(WeightType type, ReadOnlySpan<float> x, Span<byte> block)
    {
        switch (type)
        {
            case WeightType.Q8_0:
                Q80(x, block);
                break;
            case WeightType.Q4_0:
                Symmetric(x, block, bits: 4);
                break;
            case WeightType.Q5_0:
                Symmetric(x, block, bits: 5);
                break;
            case WeightType.Q4_1:
                Affine(x, block, bits: 4);
                break;
            default:
                Affine(x, block, bits: 5);
                break;
        }
    }

    private static void Q80(ReadOnlySpan<float> x, Span<byte> block)
    {
        var amax = 0f;
        foreach (var value in x)
            amax = MathF.Max(amax, MathF.Abs(value));
        var d = amax / 127f;
        var inverse = d != 0 ? 1f / d : 0f;
        WriteHalf(block, d);
        for (var i = 0; i < 32; i++)
            block[2 + i] = unchecked((byte)(sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero));
    }

    /// <summary>Q4_0 and Q5_0: the value of largest magnitude becomes the lowest code.</summary>
    private static void Symmetric(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var (amax, extreme) = (0f, 0f);
        foreach (var value in x)
        {
            if (amax < MathF.Abs(value))
                (amax, extreme) = (MathF.Abs(value), value);
        }

        var half = 1 << (bits - 1);
        var d = extreme / -half;
        var inverse = d != 0 ? 1f / d : 0f;
        Span<int> codes = stackalloc int[32];
        for (var i = 0; i < 32; i++)
            codes[i] = Math.Min(2 * half - 1, (int)(x[i] * inverse + (half + 0.5f)));
        WriteHalf(block, d);
        Pack(codes, block[2..], bits);
    }

    /// <summary>Q4_1 and Q5_1: codes count up from the least value.</summary>
    private static void Affine(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var (least, most) = (float.MaxValue, -float.MaxValue);
        foreach (var value in x)
            (least, most) = (MathF.Min(least, value), MathF.Max(most, value));
        var levels = (1 << bits) - 1;
        var d = (most - least) / levels;
        var inverse = d != 0 ? 1f / d : 0f;
        Span<int> codes = stackalloc int[32];
        for (var i = 0; i < 32; i++)
            codes[i] = Math.Min(levels, (int)((x[i] - least) * inverse + 0.5f));
        WriteHalf(block, d);
        WriteHalf(block[2..], least);
        Pack(codes, block[4..], bits);
    }

    /// <summary>The fifth bits, where there are any, then the nibbles: code i and i + 16 share a byte.</summary>
    private static void Pack(ReadOnlySpan<int> codes, Span<byte> packed, int bits)
    {
        if (bits == 5)
        {
            packed[..4].Clear();
            for (var i = 0; i < 32; i++)
                packed[i / 8] |= (byte)(codes[i] >> 4 << (i % 8));
            packed = packed[4..];
        }

        for (var i = 0; i < 16; i++)
            packed[i] = (byte)(codes[i] & 15 | (codes[i + 16] & 15) << 4);
    }

    private static void WriteHalf(Span<byte> destination, float value) =>
        MemoryMarshal.Write(destination, HalfBits(value));

    /// <summary>Round to nearest even.</summary>
    internal static ushort HalfBits(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>Round to nearest even; a NaN stays one (ggml's ggml_compute_fp32_to_bf16).</summary>
    internal static ushort BrainBits(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)(bits >> 16 | 64)
            : (ushort)((bits + (0x7fff + (bits >> 16 & 1))) >> 16);
    }
}
