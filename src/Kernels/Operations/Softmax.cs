using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Softmax of one row.</summary>
public static class Softmax
{
    /// <summary><c>s[i] = e^(s[i] − max) / Σ e^(s[j] − max)</c>; the sum follows <see cref="Lanes"/>. A NaN spreads to the whole row.</summary>
    public static void InPlace(Span<float> scores)
    {
        if (scores.IsEmpty)
            return;
        if (KernelVariant.Scalar)
        {
            Reference(scores);
            return;
        }

        // A NaN may be passed over here: its own power makes the sum a NaN.
        var most = Vector512.Create(scores[0]);
        var i = 0;
        for (; i + Lanes.Count <= scores.Length; i += Lanes.Count)
            most = Vector512.MaxNative(most, Lanes.Load(scores, i));
        var max = most[0];
        for (var lane = 1; lane < Lanes.Count; lane++)
            max = MathF.Max(max, most[lane]);
        for (; i < scores.Length; i++)
            max = MathF.Max(max, scores[i]);

        var shift = Vector512.Create(max);
        var sum = Vector512<float>.Zero;
        for (i = 0; i < scores.Length; i += Lanes.Count)
        {
            Lanes.Store(Exponential.Of(Lanes.Load(scores, i) - shift), scores, i);
            sum += Lanes.Load(scores, i);
        }

        VectorOps.Scale(scores, 1f / Lanes.Fold(sum));
    }

    /// <summary>ln Σ e^s[i] of a row, in doubles: what a log probability is measured against.</summary>
    public static double LogSumExp(ReadOnlySpan<float> scores)
    {
        var max = float.NegativeInfinity;
        foreach (var score in scores)
            max = MathF.Max(max, score);
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp(score - (double)max);
        return max + Math.Log(sum);
    }

    /// <summary>The plain form.</summary>
    internal static void Reference(Span<float> scores)
    {
        var max = scores[0];
        foreach (var score in scores)
            max = MathF.Max(max, score);
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = Exponential.Of(scores[i] - max);
            lanes[i % Lanes.Count] += scores[i];
        }

        var factor = 1f / Lanes.Fold(lanes);
        foreach (ref var score in scores)
            score *= factor;
    }
}
