namespace MoE.Kernels;

/// <summary>
/// The plain reading of every block format (ggml-common.h, ggml-quants.c): a weight is <c>scale · code + minimum</c>, with one
/// scale and minimum per group of codes. What the fast readers in Products/Formats are tested against.
/// </summary>
internal static unsafe class BlockCodes
{
    /// <summary>What IQ4_NL's and IQ4_XS's sixteen codes stand for.</summary>
    public static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>What MXFP4's sixteen codes stand for, doubled (OCP Microscaling Formats 1.0, E2M1).</summary>
    public static ReadOnlySpan<sbyte> SmallFloats => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>Whether the format adds a minimum.</summary>
    public static bool HasMinimum(WeightType type) =>
        type is WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q2_K or WeightType.Q4_K or WeightType.Q5_K;

    /// <summary>Whether sixteen codes share an integer scale under the block's half: a product sums two groups of 16 in integers.</summary>
    public static bool HasIntegerScales(WeightType type) => type is WeightType.Q2_K or WeightType.Q3_K or WeightType.Q6_K;

    /// <summary>The integers of a block with <see cref="HasIntegerScales"/>.</summary>
    /// <param name="type">The format.</param>
    /// <param name="block">Its first byte.</param>
    /// <param name="scales">One per 16 codes.</param>
    /// <param name="minimums">One per 16 codes, 0 where the format has none.</param>
    /// <returns>What the scales are multiplied by, and what the minimums are.</returns>
    public static (float Scale, float Minimum) IntegerScales(WeightType type, byte* block, Span<int> scales, Span<int> minimums)
    {
        for (var group = 0; group < 16; group++)
        {
            (scales[group], minimums[group]) = type switch
            {
                WeightType.Q2_K => (block[group] & 15, block[group] >> 4),
                WeightType.Q3_K => (SixBitScale(block + 96, group), 0),
                _ => (((sbyte*)block)[192 + group], 0),
            };
        }

        return type switch
        {
            WeightType.Q2_K => (HalfFloats.Load(block + 80), -HalfFloats.Load(block + 82)),
            WeightType.Q3_K => (HalfFloats.Load(block + 108), 0),
            _ => (HalfFloats.Load(block + 208), 0),
        };
    }

    /// <summary>Q3_K's signed scale of 16 codes.</summary>
    public static int SixBitScale(byte* packed, int group)
    {
        var low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
        return (low | (packed[8 + group % 4] >> (group / 4 * 2) & 3) << 4) - 32;
    }

    /// <summary>IQ4_XS's signed scale of 32 codes.</summary>
    public static int SplitScale(byte* block, int group)
    {
        var low = block[4 + group / 2] >> (group % 2 * 4) & 15;
        return (low | (*(ushort*)(block + 2) >> (group * 2) & 3) << 4) - 32;
    }

    /// <summary>MXFP4's power of two (E8M0), halved since the codes are doubled.</summary>
    public static float PowerOfTwo(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x0020_0000u << exponent : (uint)(exponent - 1) << 23);

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
            scales[0] = type == WeightType.MXFP4 ? PowerOfTwo(*block) : HalfFloats.Load(block);
            ReadPlain(type, block, codes);
            if (HasMinimum(type))
                minimums[0] = HalfFloats.Load(block + 2);
            return 32;
        }

        if (HasIntegerScales(type))
        {
            ReadIntegerScales(type, block, codes, scales, minimums);
            return 16;
        }

        if (type == WeightType.IQ4_XS)
        {
            ReadIQ4XS(block, codes, scales);
            return 32;
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
                WeightType.IQ4_NL => NonLinear[Nibble(block + 2, i)],
                WeightType.MXFP4 => SmallFloats[Nibble(block + 1, i)],
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

    private static void ReadIQ4XS(byte* block, Span<int> codes, Span<float> scales)
    {
        var d = HalfFloats.Load(block);
        for (var group = 0; group < 8; group++)
        {
            scales[group] = d * SplitScale(block, group);
            for (var i = 0; i < 32; i++)
                codes[group * 32 + i] = NonLinear[Nibble(block + 8 + group * 16, i)];
        }
    }

    private static void ReadIntegerScales(WeightType type, byte* block, Span<int> codes, Span<float> scales, Span<float> minimums)
    {
        Span<int> integers = stackalloc int[16];
        Span<int> offsets = stackalloc int[16];
        var (scale, minimum) = IntegerScales(type, block, integers, offsets);
        for (var group = 0; group < 16; group++)
        {
            scales[group] = scale * integers[group];
            minimums[group] = minimum * offsets[group];
        }

        for (var i = 0; i < 256; i++)
        {
            codes[i] = type switch
            {
                WeightType.Q2_K => Pair(block + 16, i),
                WeightType.Q3_K => Pair(block + 32, i) - ((block[i % 32] >> (i / 32) & 1) == 0 ? 4 : 0),
                _ => SixBits(block, i),
            };
        }
    }

    /// <summary>Two bits: 32 bytes hold the codes of 128, a quarter of them in each pair of bits.</summary>
    private static int Pair(byte* packed, int index) => packed[index / 128 * 32 + index % 32] >> (index / 32 % 4 * 2) & 3;

    private static int SixBits(byte* block, int index)
    {
        var (half, quarter) = (index / 128, index / 32 % 4);
        var packed = block[half * 64 + quarter % 2 * 32 + index % 32];
        var low = quarter < 2 ? packed & 15 : packed >> 4;
        return (low | Pair(block + 128, index) << 4) - 32;
    }

    private static int Nibble(byte* packed, int index) => index < 16 ? packed[index] & 15 : packed[index - 16] >> 4;

    private static int Bit(byte* packed, int index) => packed[index / 8] >> (index % 8) & 1;
}
