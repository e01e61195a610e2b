using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// The canonical order of every f32 reduction: element k belongs to lane k mod 16, a lane takes its elements in order, and
/// the lanes fold by halves: +8, +4, +2, +1. Sixteen lanes are one AVX-512 register, two of AVX2, four of NEON: the same
/// sums on each. A last part of fewer than 16 elements counts as filled up with zeros.
/// </summary>
internal static class Lanes
{
    public const int Count = 16;

    /// <summary>Folds the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four.GetElement(0) + four.GetElement(2) + (four.GetElement(1) + four.GetElement(3));
    }

    /// <summary>The plain form of <see cref="Fold(Vector512{float})"/>; destroys its argument.</summary>
    public static float Fold(Span<float> lanes)
    {
        for (var half = Count / 2; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        }

        return lanes[0];
    }

    /// <summary>Elements before the last part, the one of fewer than sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Whole(int length) => length & -Count;

    /// <summary>Sixteen elements from <paramref name="start"/>, all of which exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ReadOnlySpan<float> values, int start) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)start);

    /// <summary>Writes sixteen elements from <paramref name="start"/>, all of which exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> lanes, Span<float> values, int start) =>
        lanes.StoreUnsafe(ref MemoryMarshal.GetReference(values), (nuint)start);

    /// <summary>
    /// The last part, from <paramref name="start"/>, filled up with zeros. A call inside a loop would have the compiler keep the loop's
    /// vectors in memory, so it stands behind one.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector512<float> LoadTail(ReadOnlySpan<float> values, int start)
    {
        Span<float> padded = stackalloc float[Count];
        padded.Clear();
        values[start..].CopyTo(padded);
        return Load(padded, 0);
    }

    /// <summary>Writes the leading lanes that fit.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreTail(Vector512<float> lanes, Span<float> values, int start)
    {
        Span<float> padded = stackalloc float[Count];
        Store(lanes, padded, 0);
        padded[..(values.Length - start)].CopyTo(values[start..]);
    }
}
