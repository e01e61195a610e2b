using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>f32 activations to int8 per 32 values, symmetric, rounded to the nearest even.</summary>
internal static class ActivationQuantizer
{
    public const int BlockSize = 32;

    /// <summary>Codes of one sum: Q6_K has a scale for as many.</summary>
    public const int SumSize = BlockSize / 2;

    private const float MaxCode = 127f;

    /// <summary>Writes codes, scales and the sums of the codes. A NaN or an infinity makes its block's scale one of the two.</summary>
    /// <param name="x">Whole blocks.</param>
    /// <param name="codes">One per value.</param>
    /// <param name="scales">One per block.</param>
    /// <param name="sums">One per <see cref="SumSize"/> codes.</param>
    public static void Quantize(ReadOnlySpan<float> x, Span<sbyte> codes, Span<float> scales, Span<int> sums)
    {
        if (ActiveKernels.Reference)
        {
            Reference(x, codes, scales, sums);
            return;
        }

        for (var block = 0; block < scales.Length; block++)
        {
            var low = Vector512.LoadUnsafe(in x[block * BlockSize]);
            var high = Vector512.LoadUnsafe(in x[block * BlockSize + 16]);
            var amax = MaxMagnitude(low, high);
            var inverse = Vector512.Create(Inverse(amax));
            var lowCodes = Vector512.ConvertToInt32(Vector512.Round(low * inverse));
            var highCodes = Vector512.ConvertToInt32(Vector512.Round(high * inverse));
            scales[block] = amax / MaxCode;
            sums[2 * block] = Vector512.Sum(lowCodes);
            sums[2 * block + 1] = Vector512.Sum(highCodes);
            var words = Vector512.Narrow(lowCodes, highCodes);
            Vector256.Narrow(words.GetLower(), words.GetUpper()).StoreUnsafe(ref codes[block * BlockSize]);
        }
    }

    /// <summary>Magnitudes compare as their bits do, a NaN's being the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float MaxMagnitude(Vector512<float> x, Vector512<float> y)
    {
        var magnitude = Vector512.Create(int.MaxValue);
        var most = Vector512.Max(x.AsInt32() & magnitude, y.AsInt32() & magnitude);
        var eight = Vector256.Max(most.GetLower(), most.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Math.Max(two[0], two[1]));
    }

    /// <summary>The plain form.</summary>
    internal static void Reference(ReadOnlySpan<float> x, Span<sbyte> codes, Span<float> scales, Span<int> sums)
    {
        for (var block = 0; block < scales.Length; block++)
        {
            var values = x.Slice(block * BlockSize, BlockSize);
            var amax = 0f;
            foreach (var value in values)
                amax = MathF.Max(amax, MathF.Abs(value));
            var inverse = Inverse(amax);
            scales[block] = amax / MaxCode;
            sums.Slice(2 * block, 2).Clear();
            for (var i = 0; i < BlockSize; i++)
            {
                var code = (int)MathF.Round(values[i] * inverse);
                codes[block * BlockSize + i] = unchecked((sbyte)code);
                sums[2 * block + i / SumSize] += code;
            }
        }
    }

    /// <summary>127 / max|x|, finite for subnormals too: with an infinite one, codes and their sums would not belong together.</summary>
    private static float Inverse(float amax) => amax > 0 ? MathF.Min(MaxCode / amax, float.MaxValue) : 0f;
}
