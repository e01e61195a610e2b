using MoE.Kernels;

namespace MoE.Model;

/// <summary>One pre-norm decoder layer: x += attention(norm(x)); x += feedForward(norm(x)).</summary>
internal sealed class DecoderLayer
{
    private readonly float _epsilon;
    private readonly float[] _inputNorm;
    private readonly float[] _postAttentionNorm;
    private readonly CausalSelfAttention _attention;
    private readonly IMoELayer? _moe;
    private readonly FeedForward? _dense;

    /// <param name="source">The model.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="attention">The layer's attention.</param>
    /// <param name="factory">Makes the MoE part of a layer that has one.</param>
    public DecoderLayer(ModelSource source, int layer, CausalSelfAttention attention, IMoELayerFactory factory)
    {
        _epsilon = source.Config.RmsNormEps;
        _inputNorm = source.Vector(TensorRole.InputNorm, layer);
        _postAttentionNorm = source.Vector(TensorRole.PostAttentionNorm, layer);
        _attention = attention;
        if (source.Config.Layers[layer].IsMoE)
        {
            _moe = factory.Create(layer, LoadShared(source, layer));
        }
        else
        {
            _dense = new FeedForward(
                source.Matrix(TensorRole.DenseGateProj, layer),
                source.Matrix(TensorRole.DenseUpProj, layer),
                source.Matrix(TensorRole.DenseDownProj, layer));
        }
    }

    /// <summary>Where the experts run elsewhere, how many tokens are worth cutting in two; else null.</summary>
    public int? OverlapTokens => (_moe as IDispatchingMoELayer)?.OverlapTokens;

    /// <summary>Adds the attention to the residual stream, and lets experts that run elsewhere begin.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="batch">The tokens.</param>
    public void Start(ComputePool pool, MicroBatch batch)
    {
        Normalize(pool, batch.Residual, _inputNorm, batch.Normed);
        _attention.Forward(pool, batch.Normed, batch.Plan, batch.Part);
        VectorOps.Add(batch.Residual.Span, batch.Part.Span);
        Normalize(pool, batch.Residual, _postAttentionNorm, batch.Normed);
        if (_moe is not null)
            batch.Start(_moe);
    }

    /// <summary>Adds the feed-forward part to the residual stream.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="batch">The tokens.</param>
    public void Finish(ComputePool pool, MicroBatch batch)
    {
        if (_moe is not null)
            batch.Finish(_moe);
        else
            _dense!.Forward(pool, batch.Normed, batch.Part);
        VectorOps.Add(batch.Residual.Span, batch.Part.Span);
    }

    private void Normalize(ComputePool pool, Memory<float> residual, float[] weight, ActivationRows normed) =>
        pool.For(normed.Count, (Residual: residual, Weight: weight, Epsilon: _epsilon, Normed: normed), static (row, all) => RmsNorm.Normalize(
            all.Residual.Span.Slice(row * all.Weight.Length, all.Weight.Length), all.Weight, all.Epsilon, all.Normed.Row(row)));

    private static SharedExpert? LoadShared(ModelSource source, int layer)
    {
        if (source.Config.SharedExpertIntermediateSize == 0)
            return null;
        var feedForward = new FeedForward(
            source.Matrix(TensorRole.SharedGateProj, layer),
            source.Matrix(TensorRole.SharedUpProj, layer),
            source.Matrix(TensorRole.SharedDownProj, layer));
        var gate = source.Has(TensorRole.SharedExpertRouter, layer) ? source.Matrix(TensorRole.SharedExpertRouter, layer) : null;
        return new SharedExpert(feedForward, gate);
    }
}
