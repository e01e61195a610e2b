using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Non-linearities.</summary>
public static class Activation
{
    /// <summary><c>y = silu(gate) · up</c> with <c>silu(g) = g / (1 + e^−g)</c>; y may be either input.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SwiGlu(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        VectorOps.SameLength(gate.Length, up.Length);
        VectorOps.SameLength(gate.Length, y.Length);
        if (ActiveKernels.Reference)
        {
            SwiGluReference(gate, up, y);
            return;
        }

        var last = Lanes.Whole(gate.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            Lanes.Store(Silu(Lanes.Load(gate, i)) * Lanes.Load(up, i), y, i);
        if (last < gate.Length)
            Lanes.StoreTail(Silu(Lanes.LoadTail(gate, last)) * Lanes.LoadTail(up, last), y, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Silu(Vector512<float> g) => g / (Vector512<float>.One + Exponential.Of(-g));

    /// <summary>The plain form.</summary>
    internal static void SwiGluReference(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        for (var i = 0; i < gate.Length; i++)
            y[i] = gate[i] / (1f + Exponential.Of(-gate[i])) * up[i];
    }

    /// <summary><c>1 / (1 + e^−x)</c>.</summary>
    public static float Sigmoid(float x) => 1f / (1f + Exponential.Of(-x));
}
