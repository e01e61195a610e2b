using MoE.Kernels;

namespace MoE.Model;

/// <summary>Consecutive layers with their own cache. A model is a list of stages, so that a stage can live elsewhere.</summary>
public sealed class DecoderStage
{
    private readonly int _index;
    private readonly ComputePool _pool;
    private readonly RopeTable _rope;
    private readonly DecoderLayer[] _layers;
    private readonly ActivationRows _normed = new();
    private float[] _part = [];

    /// <param name="source">The model.</param>
    /// <param name="index">The stage's place in the model's list.</param>
    /// <param name="firstLayer">The first layer's index in the model.</param>
    /// <param name="layerCount">Layers.</param>
    /// <param name="maxBlocks">Bound on the cache's blocks.</param>
    /// <param name="sharesPrefixes">Whether sequences may begin with others' blocks.</param>
    /// <param name="factory">Makes the MoE layers.</param>
    /// <param name="pool">Threads.</param>
    internal DecoderStage(
        ModelSource source, int index, int firstLayer, int layerCount, int maxBlocks, bool sharesPrefixes, IMoELayerFactory factory, ComputePool pool)
    {
        var config = source.Config;
        _index = index;
        _pool = pool;
        _rope = new RopeTable(config.Rope);
        Cache = new KvCache(new KvLayout(layerCount, config.NumKeyValueHeads, config.HeadDim), maxBlocks, sharesPrefixes);
        var workspace = new AttentionWorkspace();
        _layers = new DecoderLayer[layerCount];
        for (var i = 0; i < layerCount; i++)
        {
            var layer = firstLayer + i;
            var attention = new CausalSelfAttention(config, layer, i, AttentionWeights.Load(source, layer), _rope, workspace);
            _layers[i] = new DecoderLayer(source, layer, attention, factory);
        }
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
        var plan = new BatchPlan(batch, _index);
        _rope.Reserve(plan.MaxPosition + 1);
        if (_part.Length < residual.Length)
            _part = new float[residual.Length];
        _normed.Reset(batch.TokenCount, residual.Length / batch.TokenCount);
        var part = _part.AsMemory(0, residual.Length);
        foreach (var layer in _layers)
            layer.Forward(_pool, plan, residual, _normed, part, batch.Observer);
    }

    /// <summary>Makes a finished batch's positions count.</summary>
    internal void Advance(ForwardBatch batch)
    {
        foreach (var chunk in batch.Chunks)
            chunk.Sequence.Stage(_index).Advance(chunk.TokenIds.Span);
    }
}
