using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>f32 activations to int8 per 32 values, symmetric, rounded to the nearest even.</summary>
internal static class ActivationQuantizer
{
    public const int BlockSize = 32;
    private const float MaxCode = 127f;

    /// <summary>Writes codes, scales and the sums of the codes. A NaN or an infinity makes its block's scale one of the two.</summary>
    /// <param name="x">Whole blocks.</param>
    /// <param name="codes">One per value.</param>
    /// <param name="scales">One per block.</param>
    /// <param name="sums">One per block.</param>
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
            var most = Vector512.Max(Vector512.Abs(low), Vector512.Abs(high));
            var eight = Vector256.Max(most.GetLower(), most.GetUpper());
            var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
            var amax = MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
            var inverse = Vector512.Create(Inverse(amax));
            var lowCodes = Vector512.ConvertToInt32(Vector512.Round(low * inverse));
            var highCodes = Vector512.ConvertToInt32(Vector512.Round(high * inverse));
            scales[block] = amax / MaxCode;
            sums[block] = Vector512.Sum(lowCodes + highCodes);
            var words = Vector512.Narrow(lowCodes, highCodes);
            Vector256.Narrow(words.GetLower(), words.GetUpper()).StoreUnsafe(ref codes[block * BlockSize]);
        }
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
            sums[block] = 0;
            for (var i = 0; i < BlockSize; i++)
            {
                var code = (int)MathF.Round(values[i] * inverse);
                codes[block * BlockSize + i] = unchecked((sbyte)code);
                sums[block] += code;
            }
        }
    }

    /// <summary>127 / max|x|, finite for subnormals too: with an infinite one, codes and their sums would not belong together.</summary>
    private static float Inverse(float amax) => amax > 0 ? MathF.Min(MaxCode / amax, float.MaxValue) : 0f;
}
