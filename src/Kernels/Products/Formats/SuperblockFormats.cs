using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Eight groups of nibbles with 6-bit scales and minimums under a half each.</summary>
internal readonly unsafe struct Q4KFormat : IBlockFormat
{
    public static int BlockBytes => 144;

    public static int Groups => 8;

    public static bool SignedCodes => false;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Half(block + 16 + group / 2 * 32, group % 2 == 1);

    public static void Scales(byte* block, float* scales, float* minimums)
    {
        var d = HalfFloats.Load(block);
        var minimum = HalfFloats.Load(block + 2);
        for (var group = 0; group < 8; group++)
        {
            var (scale, offset) = BlockCodes.ScaleAndMinimum(block + 4, group);
            scales[group * MatMul.RowTile] = d * scale;
            minimums[group * MatMul.RowTile] = -(minimum * offset);
        }
    }
}

/// <summary>As <see cref="Q4KFormat"/>, with a fifth bit per code.</summary>
internal readonly unsafe struct Q5KFormat : IBlockFormat
{
    public static int BlockBytes => 176;

    public static int Groups => 8;

    public static bool SignedCodes => false;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group)
    {
        var low = Nibbles.Half(block + 48 + group / 2 * 32, group % 2 == 1);
        var high = Vector256.Load(block + 16) & Vector256.Create((byte)(1 << group));
        return low | ~Vector256.Equals(high, Vector256<byte>.Zero) & Vector256.Create((byte)16);
    }

    public static void Scales(byte* block, float* scales, float* minimums) => Q4KFormat.Scales(block, scales, minimums);
}

/// <summary>Sixteen groups of 16 two-bit codes with a 4-bit scale and minimum each under two halves.</summary>
internal readonly unsafe struct Q2KFormat : IBlockFormat
{
    public static int BlockBytes => 84;

    public static int Groups => 8;

    public static bool SignedCodes => false;

    public static bool HasMinimum => true;

    public static bool HasMinimumWeights => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Pairs(block + 16 + group / 4 * 32, group % 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> PairWeights(byte* block, int group) =>
        Vector256.Create(Vector128.Create((short)(block[2 * group] & 15)), Vector128.Create((short)(block[2 * group + 1] & 15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int First, int Second) MinimumWeights(byte* block, int group) => (block[2 * group] >> 4, block[2 * group + 1] >> 4);

    public static void Scales(byte* block, float* scales, float* minimums)
    {
        var d = HalfFloats.Load(block + 80);
        var minimum = -HalfFloats.Load(block + 82);
        for (var group = 0; group < 8; group++)
            (scales[group * MatMul.RowTile], minimums[group * MatMul.RowTile]) = (d, minimum);
    }
}

/// <summary>Sixteen groups of 16 three-bit codes that count from -4, with a signed 6-bit scale each under one half.</summary>
internal readonly unsafe struct Q3KFormat : IBlockFormat
{
    public static int BlockBytes => 110;

    public static int Groups => 8;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group)
    {
        var lacksThird = Vector256.Equals(Vector256.Load(block) & Vector256.Create((byte)(1 << group)), Vector256<byte>.Zero);
        return Nibbles.Pairs(block + 32 + group / 4 * 32, group % 4) - (lacksThird & Vector256.Create((byte)4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> PairWeights(byte* block, int group) => Vector256.Create(
        Vector128.Create((short)BlockCodes.SixBitScale(block + 96, 2 * group)), Vector128.Create((short)BlockCodes.SixBitScale(block + 96, 2 * group + 1)));

    public static void Scales(byte* block, float* scales, float* minimums)
    {
        var d = HalfFloats.Load(block + 108);
        for (var group = 0; group < 8; group++)
            scales[group * MatMul.RowTile] = d;
    }
}

/// <summary>Sixteen groups of 16 six-bit codes that count from -32, with an int8 scale each under one half.</summary>
internal readonly unsafe struct Q6KFormat : IBlockFormat
{
    public static int BlockBytes => 210;

    public static int Groups => 8;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group)
    {
        var (half, quarter) = (group / 4, group % 4);
        var low = Nibbles.Half(block + half * 64 + quarter % 2 * 32, quarter >= 2);
        var high = Nibbles.Pairs(block + 128 + half * 32, quarter);
        return (low | (high.AsUInt16() << 4).AsByte()) - Vector256.Create((byte)32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> PairWeights(byte* block, int group)
    {
        var scales = (sbyte*)block + 192 + 2 * group;
        return Vector256.Create(Vector128.Create((short)scales[0]), Vector128.Create((short)scales[1]));
    }

    public static void Scales(byte* block, float* scales, float* minimums)
    {
        var d = HalfFloats.Load(block + 208);
        for (var group = 0; group < 8; group++)
            scales[group * MatMul.RowTile] = d;
    }
}
