using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>A half scale and 32 signed bytes.</summary>
internal readonly unsafe struct Q80Format : IBlockFormat
{
    public static int BlockBytes => 34;

    public static int Groups => 1;

    public static bool SignedCodes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Vector256.Load(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums) => *scales = HalfFloats.Load(block);
}

/// <summary>A half scale and 32 nibbles that count from -8.</summary>
internal readonly unsafe struct Q40Format : IBlockFormat
{
    public static int BlockBytes => 18;

    public static int Groups => 1;

    public static bool SignedCodes => false;

    public static int Offset => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Split(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums) => *scales = HalfFloats.Load(block);
}

/// <summary>A half scale, a half minimum and 32 nibbles.</summary>
internal readonly unsafe struct Q41Format : IBlockFormat
{
    public static int BlockBytes => 20;

    public static int Groups => 1;

    public static bool SignedCodes => false;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Split(block + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums)
    {
        *scales = HalfFloats.Load(block);
        *minimums = HalfFloats.Load(block + 2);
    }
}

/// <summary>A half scale, 32 fifth bits and 32 nibbles; codes count from -16.</summary>
internal readonly unsafe struct Q50Format : IBlockFormat
{
    public static int BlockBytes => 22;

    public static int Groups => 1;

    public static bool SignedCodes => false;

    public static int Offset => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Split(block + 6) | Nibbles.FifthBits(block + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums) => *scales = HalfFloats.Load(block);
}

/// <summary>A half scale, a half minimum, 32 fifth bits and 32 nibbles.</summary>
internal readonly unsafe struct Q51Format : IBlockFormat
{
    public static int BlockBytes => 24;

    public static int Groups => 1;

    public static bool SignedCodes => false;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* block, int group) => Nibbles.Split(block + 8) | Nibbles.FifthBits(block + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minimums)
    {
        *scales = HalfFloats.Load(block);
        *minimums = HalfFloats.Load(block + 2);
    }
}
