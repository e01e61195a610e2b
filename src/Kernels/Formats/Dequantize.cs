using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Stored weights to f32, exactly as ggml's <c>dequantize_row_*</c> (ggml-quants.c).</summary>
public static unsafe class Dequantize
{
    /// <summary>Writes a row as f32.</summary>
    /// <param name="type">How <paramref name="source"/> is stored.</param>
    /// <param name="source">Whole blocks.</param>
    /// <param name="destination">One value per weight.</param>
    /// <exception cref="ArgumentException">The two lengths do not belong together.</exception>
    public static void Row(WeightType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        var expected = type.RowBytes(destination.Length);
        if (source.Length != expected)
            throw new ArgumentException($"{destination.Length} values of {type.Name()} are {expected} bytes, not {source.Length}", nameof(source));
        switch (type)
        {
            case WeightType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case WeightType.F16:
                var halves = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < halves.Length; i++)
                    destination[i] = HalfFloats.ToSingle(halves[i]);
                break;
            case WeightType.BF16:
                var brains = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < brains.Length; i++)
                    destination[i] = BitConverter.Int32BitsToSingle(brains[i] << 16);
                break;
            default:
                Blocks(type, source, destination);
                break;
        }
    }

    private static void Blocks(WeightType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        var values = type.BlockSize();
        var bytes = type.BlockBytes();
        Span<int> codes = stackalloc int[256];
        Span<float> scales = stackalloc float[16];
        Span<float> minimums = stackalloc float[16];
        fixed (byte* first = source)
        {
            for (var block = 0; block * values < destination.Length; block++)
            {
                var group = BlockCodes.Read(type, first + block * bytes, codes, scales, minimums);
                var row = destination.Slice(block * values, values);

                // Types without a minimum carry 0 and must not add it: -0 would become +0.
                if (BlockCodes.HasMinimum(type))
                {
                    for (var i = 0; i < values; i++)
                        row[i] = scales[i / group] * codes[i] + minimums[i / group];
                }
                else
                {
                    for (var i = 0; i < values; i++)
                        row[i] = scales[i / group] * codes[i];
                }
            }
        }
    }
}
