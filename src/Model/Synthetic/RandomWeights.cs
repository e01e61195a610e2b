using System.Runtime.InteropServices;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Random weights in stored form: random codes under one scale, so that gigabytes take seconds. Same seed, same bytes.</summary>
internal static class RandomWeights
{
    /// <summary>Fills whole blocks so that the weights' mean is about 0 and their deviation about the one asked for.</summary>
    /// <param name="type">How the numbers are stored.</param>
    /// <param name="deviation">Standard deviation of the weights.</param>
    /// <param name="seed">Stream of the random numbers.</param>
    /// <param name="bytes">Whole blocks.</param>
    public static void Fill(WeightType type, float deviation, ulong seed, Span<byte> bytes)
    {
        if (type == WeightType.F32)
        {
            FillFloats(deviation, seed, MemoryMarshal.Cast<byte, float>(bytes));
            return;
        }

        if (!type.IsQuantized())
        {
            var values = new float[bytes.Length / type.BlockBytes()];
            FillFloats(deviation, seed, values);
            Quantize.Row(type, values, bytes);
            return;
        }

        FillBits(seed, bytes);
        var size = type.BlockBytes();
        for (var block = 0; block < bytes.Length; block += size)
            SetScale(type, deviation, bytes.Slice(block, size));
    }

    /// <summary>
    /// Codes are uniform: over n values they deviate by n / √12. Where they have one negative value more than positive ones, that one
    /// becomes 0: a mean of half a code, the same in every row, adds up over a row and layer by layer until all tokens are alike, and
    /// the router sends them all to the same experts.
    /// </summary>
    private static void SetScale(WeightType type, float deviation, Span<byte> block)
    {
        switch (type)
        {
            case WeightType.Q8_0:
                block[2..].Replace((byte)0x80, (byte)0);
                WriteHalf(block, deviation / 73.5f);
                break;
            case WeightType.Q4_0:
                foreach (ref var pair in block[2..])
                    pair |= (byte)(((pair & 0x0F) == 0 ? 0x08 : 0) | ((pair & 0xF0) == 0 ? 0x80 : 0));
                WriteHalf(block, deviation / 4.18f);
                break;
            case WeightType.Q5_0:
                CentreFiveBits(block[2..6], block[6..]);
                WriteHalf(block, deviation / 8.8f);
                break;
            case WeightType.Q4_1:
                Pair(block, deviation / 4.61f, -7.5f);
                break;
            case WeightType.Q5_1:
                Pair(block, deviation / 9.23f, -15.5f);
                break;
            case WeightType.Q4_K:
                // Scale and minimum are random 6-bit numbers too: 36.5 and 31.5 are their root mean square and mean.
                Pair(block, deviation / 258f, 7.5f);
                break;
            case WeightType.Q5_K:
                Pair(block, deviation / 516f, 15.5f);
                break;
            case WeightType.Q2_K:
                Pair(block[80..], deviation / 13.87f, 1.5f);
                break;
            case WeightType.Q3_K:
                WriteHalf(block[108..], deviation / (18.48f * 2.345f));
                break;
            case WeightType.Q6_K:
                WriteHalf(block[208..], deviation / (73.9f * 18.5f));
                break;
            case WeightType.IQ4_NL:
                // The sixteen values have a mean: every other block is turned round.
                WriteHalf(block, (block[0] & 1) == 0 ? deviation / 67.44f : deviation / -67.44f);
                break;
            case WeightType.IQ4_XS:
                WriteHalf(block, deviation / (67.44f * 18.48f));
                break;
            case WeightType.MXFP4:
                SetPowerOfTwo(deviation / 5.852f, block);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "no block format");
        }
    }

    /// <summary>A scale that is no power of two comes of the two beside it, in so many blocks that their squares have the scale's mean.</summary>
    private static void SetPowerOfTwo(float scale, Span<byte> block)
    {
        var below = (int)MathF.Floor(MathF.Log2(scale));
        var ratio = scale / MathF.ScaleB(1, below);
        var isUpper = block[0] < 256 * (ratio * ratio - 1) / 3;
        block[0] = (byte)Math.Clamp(below + (isUpper ? 1 : 0) + 128, 0, 254);
    }

    /// <summary>Code 0, which stands for −16, gets its fifth bit and stands for 0.</summary>
    private static void CentreFiveBits(Span<byte> fifths, ReadOnlySpan<byte> pairs)
    {
        for (var i = 0; i < pairs.Length; i++)
        {
            SetWhere((pairs[i] & 0x0F) == 0, i, fifths);
            SetWhere((pairs[i] & 0xF0) == 0, i + pairs.Length, fifths);
        }

        static void SetWhere(bool zero, int weight, Span<byte> fifths)
        {
            if (zero)
                fifths[weight / 8] |= (byte)(1 << (weight % 8));
        }
    }

    private static void Pair(Span<byte> block, float scale, float minimum)
    {
        WriteHalf(block, scale);
        WriteHalf(block[2..], scale * minimum);
    }

    private static void WriteHalf(Span<byte> destination, float value) => MemoryMarshal.Write(destination, (Half)value);

    private static void FillFloats(float deviation, ulong seed, Span<float> values)
    {
        FillBits(seed, MemoryMarshal.AsBytes(values));
        var factor = deviation * MathF.Sqrt(12f) / (1 << 24);
        foreach (ref var value in values)
            value = ((int)(BitConverter.SingleToUInt32Bits(value) >> 8) - (1 << 23)) * factor;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    private static void FillBits(ulong seed, Span<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ref var word in words)
            word = Next(ref seed);
        var rest = bytes[(words.Length * sizeof(ulong))..];
        var last = Next(ref seed);
        for (var i = 0; i < rest.Length; i++)
            rest[i] = (byte)(last >> (8 * i));
    }

    private static ulong Next(ref ulong state)
    {
        state += 0x9e3779b97f4a7c15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
