using MoE.Kernels;

namespace MoE.Model;

/// <summary>Consecutive layers with their own cache. A model is a list of stages, so that a stage can live elsewhere.</summary>
public sealed class DecoderStage
{
    private readonly int _index;
    private readonly ComputePool _pool;
    private readonly RopeTable _rope;
    private readonly DecoderLayer[] _layers;
    private readonly MicroBatch[] _halves = [new(), new()];
    private readonly int _overlapTokens;

    /// <param name="source">The model.</param>
    /// <param name="index">The stage's place in the model's list.</param>
    /// <param name="firstLayer">The first layer's index in the model.</param>
    /// <param name="layerCount">Layers.</param>
    /// <param name="cache">Of the stage.</param>
    /// <param name="factory">Makes the MoE layers.</param>
    /// <param name="pool">Threads.</param>
    internal DecoderStage(
        ModelSource source, int index, int firstLayer, int layerCount, KvCacheSettings cache, IMoELayerFactory factory, ComputePool pool)
    {
        var config = source.Config;
        _index = index;
        _pool = pool;
        _rope = new RopeTable(config.Rope);
        Cache = new KvCache(
            new KvLayout(layerCount, config.NumKeyValueHeads, config.HeadDim, cache.Type), cache.MaxBlocks, cache.SharesPrefixes);
        var workspace = new AttentionWorkspace();
        _layers = new DecoderLayer[layerCount];
        for (var i = 0; i < layerCount; i++)
        {
            var layer = firstLayer + i;
            var attention = new CausalSelfAttention(config, layer, i, AttentionWeights.Load(source, layer), _rope, workspace);
            _layers[i] = new DecoderLayer(source, layer, attention, factory);
        }

        _overlapTokens = _layers.Min(layer => layer.OverlapTokens) ?? int.MaxValue;
    }

    internal KvCache Cache { get; }

    /// <summary>Runs the stage's layers; the sequences' caches grow by their chunks only if all layers succeed.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="residual">[T, H], changed in place.</param>
    public void Forward(ForwardBatch batch, Memory<float> residual)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var chunk in batch.Chunks)
            chunk.Sequence.Stage(_index).Reserve(chunk.TokenIds.Length);
        var microBatches = Cut(batch, residual);
        try
        {
            Forward(microBatches);
        }
        finally
        {
            foreach (var microBatch in microBatches)
                microBatch.Dispose();
        }
    }

    /// <summary>Makes a finished batch's positions count.</summary>
    internal void Advance(ForwardBatch batch)
    {
        foreach (var chunk in batch.Chunks)
            chunk.Sequence.Stage(_index).Advance(chunk.TokenIds.Span);
    }

    /// <summary>
    /// Two halves where experts run elsewhere and the batch is large: each half's attention runs while the other's rows are under
    /// way; whole where somebody looks on, who sees each layer's decision once. The first half's keys are written before the second
    /// half reads them, layer by layer.
    /// </summary>
    private ReadOnlySpan<MicroBatch> Cut(ForwardBatch batch, Memory<float> residual)
    {
        var tokens = batch.TokenCount;
        var first = tokens >= _overlapTokens && batch.Observer is null ? tokens / 2 : tokens;
        _halves[0].Reset(batch, _index, 0, first, residual);
        _rope.Reserve(_halves[0].Plan.MaxPosition + 1);
        if (first == tokens)
            return _halves.AsSpan(0, 1);
        _halves[1].Reset(batch, _index, first, tokens - first, residual);
        _rope.Reserve(_halves[1].Plan.MaxPosition + 1);
        return _halves;
    }

    private void Forward(ReadOnlySpan<MicroBatch> microBatches)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            foreach (var microBatch in microBatches)
            {
                if (i > 0)
                    _layers[i - 1].Finish(_pool, microBatch);
                _layers[i].Start(_pool, microBatch);
            }
        }

        foreach (var microBatch in microBatches)
            _layers[^1].Finish(_pool, microBatch);
    }
}
