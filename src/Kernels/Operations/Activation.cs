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

        for (var i = 0; i < gate.Length; i += Lanes.Count)
        {
            var g = Lanes.Load(gate, i);
            var silu = g / (Vector512<float>.One + Exponential.Of(-g));
            Lanes.Store(silu * Lanes.Load(up, i), y, i);
        }
    }

    /// <summary>The plain form.</summary>
    internal static void SwiGluReference(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        for (var i = 0; i < gate.Length; i++)
            y[i] = gate[i] / (1f + Exponential.Of(-gate[i])) * up[i];
    }

    /// <summary><c>1 / (1 + e^−x)</c>.</summary>
    public static float Sigmoid(float x) => 1f / (1f + Exponential.Of(-x));
}
