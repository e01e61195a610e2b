using MoE.Gating;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>What a model computes for one prompt.</summary>
/// <param name="Logits">[T − logits_from, V].</param>
/// <param name="Routing">By MoE layer: the prompt's tokens.</param>
internal sealed record PromptOutputs(float[] Logits, IReadOnlyDictionary<int, TokenRouting> Routing);

/// <summary>Runs a model over prompts in one process, without an engine: what is verified is the model.</summary>
internal sealed class ModelUnderTest : IDisposable
{
    private readonly ComputePool _pool;
    private readonly LocalMoELayerFactory _factory;
    private readonly DecoderModel _model;

    /// <param name="source">The model.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="maxPositions">Longest sequence that will be run.</param>
    /// <param name="kvCacheType">How keys and values are stored.</param>
    public ModelUnderTest(ModelSource source, ComputePool pool, int maxPositions, WeightType kvCacheType = WeightType.F32)
    {
        _pool = pool;
        _factory = new LocalMoELayerFactory(source, _pool);
        _model = new DecoderModel(source, _factory, _pool, new KvCacheSettings(KvLayout.BlocksFor(maxPositions), kvCacheType));
    }

    public int VocabSize => _model.Config.VocabSize;

    /// <summary>Logits and routing of a prompt, computed in one piece.</summary>
    public PromptOutputs Run(int[] ids, int logitsFrom)
    {
        using var sequence = _model.CreateSequence();
        var recorder = new RoutingRecorder();
        var logits = _model.Forward(new ForwardBatch([new SequenceChunk(sequence, ids, LogitsWanted.All)], recorder));
        return new PromptOutputs(logits.Span[(logitsFrom * VocabSize)..].ToArray(), recorder.Routing);
    }

    /// <summary>The greedy continuation, token by token; ties go to the lower id.</summary>
    public int[] Greedy(int[] ids, int count)
    {
        using var sequence = _model.CreateSequence();
        var output = new int[count];
        ReadOnlyMemory<int> next = ids;
        for (var i = 0; i < count; i++)
        {
            var logits = _model.Forward(new ForwardBatch([new SequenceChunk(sequence, next, LogitsWanted.Last)]));
            output[i] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits.Span);
            next = output.AsMemory(i, 1);
        }

        return output;
    }

    public void Dispose() => _factory.Dispose();

    private sealed class RoutingRecorder : IRoutingObserver
    {
        public Dictionary<int, TokenRouting> Routing { get; } = [];

        public void OnRouted(int layer, TokenRouting routing) => Routing[layer] = routing.Copy();
    }
}
