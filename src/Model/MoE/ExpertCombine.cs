using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Weighs and sums a batch's contributions (Megatron-Core's unpermute).</summary>
public static class ExpertCombine
{
    /// <summary>
    /// <c>y[t] = Σ_k weight[t, k] · contribution(t, k)</c>, from zero, in top-k slot order, fused multiply-adds. The order is
    /// fixed by the slots alone: where an expert ran and when it answered changes no bit.
    /// </summary>
    /// <param name="pool">Threads.</param>
    /// <param name="routing">T tokens of K slots.</param>
    /// <param name="contributions">The row of each pair, [H]; pair numbers are <see cref="TokenPermutation.PairOfSlot"/>.</param>
    /// <param name="permutation">The pairs of <paramref name="routing"/>.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="output">[T, H]; overwritten.</param>
    public static void Sum<TRows>(
        ComputePool pool, TokenRouting routing, TokenPermutation permutation, TRows contributions, int hiddenSize, Memory<float> output)
        where TRows : IContributionRows
    {
        ArgumentNullException.ThrowIfNull(routing);
        ArgumentNullException.ThrowIfNull(permutation);
        ArgumentNullException.ThrowIfNull(pool);
        pool.For(routing.Tokens, (routing, permutation, contributions, hiddenSize, output), static (token, all) =>
            Sum(token, all.routing, all.permutation, all.contributions, all.output.Span.Slice(token * all.hiddenSize, all.hiddenSize)));
    }

    private static void Sum<TRows>(int token, TokenRouting routing, TokenPermutation permutation, TRows contributions, Span<float> row)
        where TRows : IContributionRows
    {
        row.Clear();
        for (var slot = token * routing.TopK; slot < (token + 1) * routing.TopK; slot++)
            VectorOps.AddScaled(row, contributions.Pair(permutation.PairOfSlot[slot]), routing.TopkWeights[slot]);
    }
}

/// <summary>Gives the contribution of a (expert, token) pair.</summary>
public interface IContributionRows
{
    /// <summary>The pair's row, [H].</summary>
    ReadOnlySpan<float> Pair(int pair);
}
