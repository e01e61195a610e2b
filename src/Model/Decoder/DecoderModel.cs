using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// A decoder-only model: embedding, stages, head. <see cref="Forward"/> is for one thread at a time; each token's logits are
/// the same bits in every batch and chunking.
/// </summary>
public sealed class DecoderModel
{
    private readonly TokenEmbedding _embedding;
    private readonly DecoderStage[] _stages;
    private readonly LanguageModelHead _head;
    private float[] _residual = [];
    private float[] _logits = [];

    /// <param name="source">The model's files; outlive the model.</param>
    /// <param name="factory">Makes the MoE layers.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="cache">Of each stage.</param>
    /// <param name="stageCount">Stages that the layers are cut into, at most one per layer.</param>
    public DecoderModel(ModelSource source, IMoELayerFactory factory, ComputePool pool, KvCacheSettings cache, int stageCount = 1)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(cache);
        Config = source.Config;
        if (stageCount < 1 || stageCount > Config.NumHiddenLayers)
            throw new ArgumentOutOfRangeException(nameof(stageCount), stageCount, $"must be in 1..{Config.NumHiddenLayers}, the number of layers");

        _embedding = new TokenEmbedding(source.Matrix(TensorRole.TokenEmbedding));
        _stages = new DecoderStage[stageCount];
        for (var stage = 0; stage < stageCount; stage++)
        {
            var first = Config.NumHiddenLayers * stage / stageCount;
            var end = Config.NumHiddenLayers * (stage + 1) / stageCount;
            _stages[stage] = new DecoderStage(source, stage, first, end - first, cache, factory, pool);
        }

        _head = new LanguageModelHead(source.Vector(TensorRole.FinalNorm), source.Matrix(TensorRole.LmHead), Config.RmsNormEps, pool);
    }

    public ModelConfig Config { get; }

    /// <summary>Cache blocks that new positions can still take, in the stage that has fewest.</summary>
    public int FreeCacheBlocks => _stages.Min(stage => stage.Cache.FreeBlocks);

    /// <summary>Bound on the cache, in blocks.</summary>
    public int MaxCacheBlocks => _stages[0].Cache.MaxBlocks;

    /// <summary>Bytes of the cache's blocks that were ever in use.</summary>
    public long CacheBytes => _stages.Sum(stage => stage.Cache.Bytes);

    /// <summary>An empty sequence.</summary>
    public DecoderSequence CreateSequence() => new([.. _stages.Select(stage => stage.Cache.CreateSequence())]);

    /// <summary>Computes the batch's tokens and appends them to their sequences.</summary>
    /// <returns>[LogitRows, V], chunk by chunk; valid until the next call.</returns>
    /// <exception cref="ExpertsUnavailableException">A MoE layer could not be computed; no sequence has grown, the batch can be tried again.</exception>
    public ReadOnlyMemory<float> Forward(ForwardBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var residual = GrowingBuffer.Take(ref _residual, batch.TokenCount * Config.HiddenSize);
        var logits = GrowingBuffer.Take(ref _logits, batch.LogitRows * Config.VocabSize);
        _embedding.Forward(batch, residual.Span);
        foreach (var stage in _stages)
            stage.Forward(batch, residual);
        _head.Forward(batch, residual.Span, logits);
        foreach (var stage in _stages)
            stage.Advance(batch);
        return logits;
    }
}
