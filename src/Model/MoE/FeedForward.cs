using MoE.Kernels;

namespace MoE.Model;

/// <summary>A gated feed-forward network that stays with its layer: a dense layer's, or a shared expert. One caller at a time.</summary>
public sealed class FeedForward(WeightMatrix gate, WeightMatrix up, WeightMatrix down)
{
    private readonly ExpertScratch _scratch = new();

    /// <summary>y = down(silu(gate·x) * up·x).</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="hidden">[T, H].</param>
    /// <param name="output">[T, H]; overwritten.</param>
    public void Forward(ComputePool pool, ActivationRows hidden, Memory<float> output) =>
        ExpertFfn.Forward(pool, gate, up, down, hidden, _scratch, output);
}
