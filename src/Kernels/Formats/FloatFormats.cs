using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>A float type as it lies in memory.</summary>
internal unsafe interface IFloatFormat
{
    static abstract int Bytes { get; }

    /// <summary>Sixteen values from element <paramref name="k"/>, exactly.</summary>
    static abstract Vector512<float> Load(byte* row, int k);

    /// <summary>Eight values.</summary>
    static abstract Vector256<float> LoadEight(byte* row, int k);
}

internal readonly unsafe struct Float32 : IFloatFormat
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int k) => Vector512.Load((float*)row + k);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* row, int k) => Vector256.Load((float*)row + k);
}

internal readonly unsafe struct BFloat16 : IFloatFormat
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int k) => (HalfWords.Widen(row, k) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* row, int k) => (HalfWords.WidenEight(row, k) << 16).AsSingle();
}

/// <summary>
/// Exponent and mantissa move to their places in an f32 whose exponent bias is then corrected by a multiplication with
/// 2¹¹², exact for subnormals too; infinities and NaNs get the exponent that the multiplication cannot give.
/// </summary>
internal readonly unsafe struct Float16 : IFloatFormat
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int k)
    {
        // The sign fills the bits above the exponent, of which the mask leaves the first.
        var bits = (HalfWords.Widen(row, k) << 13) & Vector512.Create(0x8fffe000u);
        var scaled = (bits.AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x77800000u))).AsUInt32();
        var exponent = Vector512.Create(0x0f800000u);
        var special = Vector512.Equals(bits & exponent, exponent) & Vector512.Create(0x7f800000u);
        return (scaled | special).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* row, int k)
    {
        var bits = (HalfWords.WidenEight(row, k) << 13) & Vector256.Create(0x8fffe000u);
        var scaled = (bits.AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(0x77800000u))).AsUInt32();
        var exponent = Vector256.Create(0x0f800000u);
        var special = Vector256.Equals(bits & exponent, exponent) & Vector256.Create(0x7f800000u);
        return (scaled | special).AsSingle();
    }
}

internal static unsafe class HalfWords
{
    /// <summary>Sixteen words, each in the lower half of a lane and its sign in the upper; in one instruction where there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Widen(byte* row, int k)
    {
        return Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load((short*)row + k)).AsUInt32()
            : Vector512.Create(WidenEight(row, k), WidenEight(row, k + 8));
    }

    /// <summary>Eight of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> WidenEight(byte* row, int k)
    {
        var narrow = Vector128.Load((short*)row + k);
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(narrow).AsUInt32();
        var (low, high) = Vector128.Widen(narrow);
        return Vector256.Create(low, high).AsUInt32();
    }
}
