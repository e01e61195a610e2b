using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Softmax of one row.</summary>
public static class Softmax
{
    /// <summary>Values that <see cref="Powers"/> sums at a time.</summary>
    public const int PowerBlock = 1024;

    /// <summary><c>s[i] = e^(s[i] − max) / Σ e^(s[j] − max)</c>; the sum follows <see cref="Lanes"/>. A NaN spreads to the whole row.</summary>
    public static void InPlace(Span<float> scores)
    {
        if (scores.IsEmpty)
            return;
        if (ActiveKernels.Reference)
        {
            Reference(scores);
            return;
        }

        var sum = PowersOfPart(scores, Max(scores), scale: 1f, scores);
        VectorOps.Scale(scores, 1f / sum);
    }

    /// <summary>
    /// <c>p[i] = e^((s[i] − max) · scale)</c>: what a softmax divides by its sum, the same bits on every machine. The whole row's sum
    /// comes part by part, <see cref="PowerBlock"/> values each.
    /// </summary>
    /// <param name="scores">s, [N].</param>
    /// <param name="max">The largest of s.</param>
    /// <param name="scale">1 / temperature.</param>
    /// <param name="powers">p, [N]; overwritten.</param>
    /// <param name="sums">The parts' sums, [⌈N / PowerBlock⌉]; overwritten.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Powers(ReadOnlySpan<float> scores, float max, float scale, Span<float> powers, Span<float> sums)
    {
        VectorOps.SameLength(scores.Length, powers.Length);
        VectorOps.SameLength((scores.Length + PowerBlock - 1) / PowerBlock, sums.Length);
        for (var block = 0; block < sums.Length; block++)
        {
            var length = Math.Min(PowerBlock, scores.Length - block * PowerBlock);
            var x = scores.Slice(block * PowerBlock, length);
            var y = powers.Slice(block * PowerBlock, length);
            sums[block] = ActiveKernels.Reference ? PowersReference(x, max, scale, y) : PowersOfPart(x, max, scale, y);
        }
    }

    /// <summary>One part; returns its sum. A scale of 1 changes no bit.</summary>
    private static float PowersOfPart(ReadOnlySpan<float> scores, float max, float scale, Span<float> powers)
    {
        var shift = Vector512.Create(max);
        var sum = Vector512<float>.Zero;
        var last = Lanes.Whole(scores.Length);
        for (var i = 0; i < last; i += Lanes.Count)
        {
            var power = Exponential.Of((Lanes.Load(scores, i) - shift) * scale);
            Lanes.Store(power, powers, i);
            sum += power;
        }

        if (last < scores.Length)
        {
            Lanes.StoreTail(Exponential.Of((Lanes.LoadTail(scores, last) - shift) * scale), powers, last);
            sum += Lanes.LoadTail(powers, last);
        }

        return Lanes.Fold(sum);
    }

    /// <summary>The largest value. A NaN may be passed over: its own power makes the sum a NaN.</summary>
    private static float Max(ReadOnlySpan<float> scores)
    {
        var most = Vector512.Create(scores[0]);
        var last = Lanes.Whole(scores.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            most = Vector512.MaxNative(most, Lanes.Load(scores, i));
        var eight = Vector256.MaxNative(most.GetLower(), most.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var max = MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
        foreach (var score in scores[last..])
            max = MathF.Max(max, score);
        return max;
    }

    /// <summary>The plain form of a part of <see cref="Powers"/>; returns its sum.</summary>
    internal static float PowersReference(ReadOnlySpan<float> scores, float max, float scale, Span<float> powers)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var i = 0; i < scores.Length; i++)
        {
            powers[i] = Exponential.Of((scores[i] - max) * scale);
            lanes[i % Lanes.Count] += powers[i];
        }

        return Lanes.Fold(lanes);
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
