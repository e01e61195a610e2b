using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>How <see cref="VectorPanelKernel"/> reads four rows of a panel; <see cref="PanelLayout"/> has the order.</summary>
internal unsafe interface IPanelFormat
{
    static abstract WeightType Type { get; }

    static virtual bool HasMinimum => false;

    /// <summary>Columns 4j to 4j + 3 of four rows, signed.</summary>
    /// <param name="codes">The four rows' place in the group's first vector.</param>
    /// <param name="j">0 to 7.</param>
    static abstract Vector128<sbyte> Codes(byte* codes, int j);

    static abstract Vector128<float> Scale(byte* header, byte* group, int quarter);

    static virtual Vector128<float> Minimum(byte* header, byte* group, int quarter) => default;

    /// <summary>The group's integer sums from those of its first and last sixteen columns.</summary>
    static virtual Vector128<int> Join(Vector128<int> first, Vector128<int> second, byte* group, int quarter) => first + second;
}

internal readonly unsafe struct Q40Panel : IPanelFormat
{
    public static WeightType Type => WeightType.Q4_0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Codes(byte* codes, int j) => PanelVectors.Nibbles(codes, j).AsSByte() - Vector128.Create((sbyte)8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(byte* header, byte* group, int quarter) => PanelVectors.Halves(group, quarter);
}

internal readonly unsafe struct Q80Panel : IPanelFormat
{
    public static WeightType Type => WeightType.Q8_0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Codes(byte* codes, int j) =>
        (Vector128.Load(codes + j * PanelLayout.VectorBytes) ^ Vector128.Create((byte)0x80)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(byte* header, byte* group, int quarter) => PanelVectors.Halves(group, quarter);
}

internal readonly unsafe struct Q4KPanel : IPanelFormat
{
    public static WeightType Type => WeightType.Q4_K;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Codes(byte* codes, int j) => PanelVectors.Nibbles(codes, j).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(byte* header, byte* group, int quarter) =>
        PanelVectors.Halves(header, quarter) * Bytes(group + 4 * quarter);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Minimum(byte* header, byte* group, int quarter) =>
        PanelVectors.Halves(header + 2 * PanelLayout.Rows, quarter) * Bytes(group + PanelLayout.Rows + 4 * quarter);

    private static Vector128<float> Bytes(byte* bytes) => Vector128.Create((float)bytes[0], bytes[1], bytes[2], bytes[3]);
}

internal readonly unsafe struct Q6KPanel : IPanelFormat
{
    public static WeightType Type => WeightType.Q6_K;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Codes(byte* codes, int j)
    {
        var pairs = Vector128.Load(codes + (4 + j / 4) * PanelLayout.VectorBytes) >> (2 * (j % 4)) & Vector128.Create((byte)3);
        return (PanelVectors.Nibbles(codes, j) | pairs << 4).AsSByte() - Vector128.Create((sbyte)32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(byte* header, byte* group, int quarter) => PanelVectors.Halves(header, quarter);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Join(Vector128<int> first, Vector128<int> second, byte* group, int quarter) =>
        first * Scales((sbyte*)group + 4 * quarter) + second * Scales((sbyte*)group + PanelLayout.Rows + 4 * quarter);

    private static Vector128<int> Scales(sbyte* scales) => Vector128.Create((int)scales[0], scales[1], scales[2], scales[3]);
}

/// <summary>What the formats of panels have in common.</summary>
internal static unsafe class PanelVectors
{
    /// <summary>Codes of 4 bits: the low ones of vector j, or the high ones of vector j - 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Nibbles(byte* codes, int j)
    {
        var packed = Vector128.Load(codes + j % 4 * PanelLayout.VectorBytes);
        return j < 4 ? packed & Vector128.Create((byte)15) : packed >> 4;
    }

    /// <summary>Four rows' halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Halves(byte* halves, int quarter) => HalfFloats.LoadFour(halves + quarter * 4 * sizeof(ushort));
}
