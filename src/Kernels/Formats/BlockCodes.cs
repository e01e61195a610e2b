namespace MoE.Kernels;

/// <summary>
/// The plain reading of every block format (ggml-common.h, ggml-quants.c): a weight is <c>scale · code + minimum</c>, with one
/// scale and minimum per group of codes. What the fast readers in Products/Formats are tested against.
/// </summary>
internal static unsafe class BlockCodes
{
    /// <summary>Whether the format adds a minimum.</summary>
    public static bool HasMinimum(WeightType type) =>
        type is WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q4_K or WeightType.Q5_K;

    /// <summary>Reads one block.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="block">Its first byte.</param>
    /// <param name="codes">One integer per weight.</param>
    /// <param name="scales">One per group.</param>
    /// <param name="minimums">One per group, 0 where the format has none.</param>
    /// <returns>Codes per group.</returns>
    public static int Read(WeightType type, byte* block, Span<int> codes, Span<float> scales, Span<float> minimums)
    {
        minimums.Clear();
        if (type.BlockSize() == 32)
        {
            scales[0] = HalfFloats.Load(block);
            ReadPlain(type, block, codes);
            if (HasMinimum(type))
                minimums[0] = HalfFloats.Load(block + 2);
            return 32;
        }

        if (type == WeightType.Q6_K)
        {
            ReadQ6K(block, codes, scales);
            return 16;
        }

        ReadQ4K(block, codes, scales, minimums, fifthBit: type == WeightType.Q5_K);
        return 32;
    }

    /// <summary>The 6-bit scale and minimum of sub-block <paramref name="sub"/> (ggml's get_scale_min_k4).</summary>
    public static (int Scale, int Minimum) ScaleAndMinimum(byte* packed, int sub) => sub < 4
        ? (packed[sub] & 63, packed[sub + 4] & 63)
        : ((packed[sub + 4] & 15) | (packed[sub - 4] >> 6 << 4), (packed[sub + 4] >> 4) | (packed[sub] >> 6 << 4));

    private static void ReadPlain(WeightType type, byte* block, Span<int> codes)
    {
        for (var i = 0; i < 32; i++)
        {
            codes[i] = type switch
            {
                WeightType.Q8_0 => ((sbyte*)block)[2 + i],
                WeightType.Q4_0 => Nibble(block + 2, i) - 8,
                WeightType.Q4_1 => Nibble(block + 4, i),
                WeightType.Q5_0 => (Nibble(block + 6, i) | Bit(block + 2, i) << 4) - 16,
                WeightType.Q5_1 => Nibble(block + 8, i) | Bit(block + 4, i) << 4,
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no block format"),
            };
        }
    }

    private static void ReadQ4K(byte* block, Span<int> codes, Span<float> scales, Span<float> minimums, bool fifthBit)
    {
        var d = HalfFloats.Load(block);
        var minimum = HalfFloats.Load(block + 2);
        var high = block + 16;
        var low = fifthBit ? block + 48 : block + 16;
        for (var sub = 0; sub < 8; sub++)
        {
            var (scale, offset) = ScaleAndMinimum(block + 4, sub);
            scales[sub] = d * scale;
            minimums[sub] = -(minimum * offset);
            for (var i = 0; i < 32; i++)
            {
                var packed = low[sub / 2 * 32 + i];
                codes[sub * 32 + i] = sub % 2 == 0 ? packed & 15 : packed >> 4;
                if (fifthBit)
                    codes[sub * 32 + i] |= (high[i] >> sub & 1) << 4;
            }
        }
    }

    private static void ReadQ6K(byte* block, Span<int> codes, Span<float> scales)
    {
        var d = HalfFloats.Load(block + 208);
        for (var group = 0; group < 16; group++)
            scales[group] = d * ((sbyte*)block)[192 + group];
        for (var i = 0; i < 256; i++)
        {
            var sub = i / 32;
            var (half, quarter) = (sub / 4, sub % 4);
            var packed = block[half * 64 + quarter % 2 * 32 + i % 32];
            var low = quarter < 2 ? packed & 15 : packed >> 4;
            var high = block[128 + half * 32 + i % 32] >> (2 * quarter) & 3;
            codes[i] = (low | high << 4) - 32;
        }
    }

    private static int Nibble(byte* packed, int index) => index < 16 ? packed[index] & 15 : packed[index - 16] >> 4;

    private static int Bit(byte* packed, int index) => packed[index / 8] >> (index % 8) & 1;
}
