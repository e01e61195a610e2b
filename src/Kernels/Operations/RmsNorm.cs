using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Root mean square layer normalisation (arXiv 1910.07467; transformers' *RMSNorm).</summary>
public static class RmsNorm
{
    /// <summary><c>y = weight · (x / √(mean(x²) + ε))</c>; y may be x.</summary>
    /// <param name="x">[N].</param>
    /// <param name="weight">[N].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="y">[N].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Normalize(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        VectorOps.SameLength(x.Length, weight.Length);
        VectorOps.SameLength(x.Length, y.Length);
        var factor = 1f / MathF.Sqrt(VectorOps.Dot(x, x) / x.Length + epsilon);
        if (ActiveKernels.Reference)
        {
            for (var i = 0; i < x.Length; i++)
                y[i] = x[i] * factor * weight[i];
            return;
        }

        var factors = Vector512.Create(factor);
        var last = Lanes.Whole(x.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            Lanes.Store(Lanes.Load(x, i) * factors * Lanes.Load(weight, i), y, i);
        if (last < x.Length)
            Lanes.StoreTail(Lanes.LoadTail(x, last) * factors * Lanes.LoadTail(weight, last), y, last);
    }
}
