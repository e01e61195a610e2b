using MoE.Kernels;

namespace MoE.Gating;

/// <summary>One layer's router: the gate's weight and the rule that turns its logits into a decision.</summary>
public sealed class GateLayer
{
    private readonly WeightMatrix _weight;
    private readonly TopKRouter _router;

    /// <param name="weight">The gate, [E, H], f32 as every family computes it.</param>
    /// <param name="router">The family's rule.</param>
    /// <exception cref="ArgumentException">The gate's rows are not the experts.</exception>
    public GateLayer(WeightMatrix weight, TopKRouter router)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(router);
        if (weight.Rows != router.Config.NumExperts)
            throw new ArgumentException($"a gate of {weight.Rows} rows for {router.Config.NumExperts} experts", nameof(weight));
        _weight = weight;
        _router = router;
    }

    public RouterConfig Config => _router.Config;

    /// <summary>Scores and routes on the pool's threads.</summary>
    /// <param name="pool">Threads for the product.</param>
    /// <param name="hidden">[T, H].</param>
    /// <param name="buffers">Keep the decision until the next call with them.</param>
    public TokenRouting Route(ComputePool pool, ActivationRows hidden, RoutingBuffers buffers)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(buffers);
        var routing = buffers.Routing(hidden.Count, Config.TopK);
        var scores = buffers.Scores(hidden.Count * Config.NumExperts);
        MatMul.Multiply(pool, _weight, hidden, scores);
        _router.Route(scores.Span, routing);
        routing.Scores = scores;
        return routing;
    }
}
