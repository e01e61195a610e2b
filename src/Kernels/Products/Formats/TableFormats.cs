using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>A half scale and 32 nibbles that name one of sixteen values.</summary>
internal readonly unsafe struct IQ4NLFormat : IBlockFormat
{
    public static int BlockBytes => 18;

    public static int Groups => 1;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.LookUp(block + 2, BlockCodes.NonLinear);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums) => *scales = HalfFloats.Load(block);
}

/// <summary>Eight groups of nibbles as <see cref="IQ4NLFormat"/>'s, with a signed 6-bit scale each under one half.</summary>
internal readonly unsafe struct IQ4XSFormat : IBlockFormat
{
    public static int BlockBytes => 136;

    public static int Groups => 8;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.LookUp(block + 8 + 16 * group, BlockCodes.NonLinear);

    public static void Scales(byte* block, float* scales, float* minimums)
    {
        var d = HalfFloats.Load(block);
        for (var group = 0; group < 8; group++)
            scales[group * MatMul.RowTile] = d * BlockCodes.SplitScale(block, group);
    }
}

/// <summary>A power of two and 32 floats of four bits.</summary>
internal readonly unsafe struct MXFP4Format : IBlockFormat
{
    public static int BlockBytes => 17;

    public static int Groups => 1;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.LookUp(block + 1, BlockCodes.SmallFloats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums) => *scales = BlockCodes.PowerOfTwo(*block);
}
