using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>What a decode step allocates on the heap does not depend on the model: it is the batch's own few objects.</summary>
public sealed class AllocationTests
{
    /// <summary>Prompts make every buffer larger than a decode step needs, whichever experts its tokens choose.</summary>
    private const int PromptTokens = 20;

    private const int WarmSteps = 20;

    /// <summary>Measurements of one shape, of which the least counts: a collection may empty the runtime's own pools in one of them.</summary>
    private const int Repeats = 3;

    /// <summary>Enough for every sequence to fill a cache block and begin the next, twice.</summary>
    private const int Steps = 2 * KvLayout.BlockPositions;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Forward_TwiceTheLayersOrTheWidth_AllocatesTheSame(int threads)
    {
        // The widest first: a thread's scratch has grown to it before anything is counted.
        Measure(threads, layers: 3, width: 2);
        var bytes = Measure(threads, layers: 3, width: 1);
        Assert.Equal(bytes, Measure(threads, layers: 6, width: 1));
        Assert.Equal(bytes, Measure(threads, layers: 3, width: 2));
        Assert.InRange(bytes, 1, 2048);
    }

    private static long Measure(int threads, int layers, int width) =>
        Enumerable.Range(0, Repeats).Min(_ => MeasureOnce(threads, layers, width));

    /// <summary>
    /// Bytes of the calling thread, which is the one that makes a step's objects. Alone it does all the work, and the mean of all
    /// steps counts. With a helper, one that is late to leave a loop makes the caller begin another the first few times: the
    /// cheapest step counts.
    /// </summary>
    private static long MeasureOnce(int threads, int layers, int width)
    {
        using var pool = new ComputePool(threads, "test");
        using var source = new RandomModel(Shape(layers, width));
        using var factory = new LocalMoELayerFactory(source, pool);
        var model = new DecoderModel(source, factory, pool, new KvCacheSettings(64));
        var sequences = Enumerable.Range(0, 8).Select(_ => model.CreateSequence()).ToArray();
        var ids = Enumerable.Range(0, PromptTokens).Select(i => i * 7 % 40).ToArray();
        model.Forward(new ForwardBatch([.. sequences.Select(sequence => new SequenceChunk(sequence, ids, LogitsWanted.Last))]));
        var all = 0L;
        var least = long.MaxValue;
        for (var step = 0; step < WarmSteps + Steps; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var chunks = new SequenceChunk[sequences.Length];
            for (var i = 0; i < chunks.Length; i++)
                chunks[i] = new SequenceChunk(sequences[i], ids.AsMemory((step + i) % ids.Length, 1), LogitsWanted.Last);
            model.Forward(new ForwardBatch(chunks));
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (step < WarmSteps)
                continue;
            all += bytes;
            least = Math.Min(least, bytes);
        }

        return threads == 1 ? all / Steps : least;
    }

    /// <summary>Layers of every kind, wide enough that products are spread over the threads.</summary>
    private static ModelConfig Shape(int layers, int width) => RandomModel.Shape(config => config with
    {
        HiddenSize = 128 * width,
        HeadDim = 16 * width,
        MoeIntermediateSize = 64 * width,
        SharedExpertIntermediateSize = 48 * width,
        QkNorm = QkNorm.PerHead,
        Rope = config.Rope with { RotaryDim = 16 * width },
        Layers = [.. Enumerable.Range(0, layers).Select(layer => config.Layers[layer % 3])],
    });
}
