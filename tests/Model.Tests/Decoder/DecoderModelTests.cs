using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model.Tests;

public sealed class DecoderModelTests : IDisposable
{
    private readonly ComputePool _pool = new(2, "test");

    public static TheoryData<string> Flags =>
    [
        "plain", "qk norm per head", "qk norm whole", "bias", "clip", "sliding window", "tied", "interleaved rope",
        "shared expert", "weights not normalised", "partial rotary",
    ];

    public static TheoryData<WeightType> CacheTypes => [.. KvMemory.Types];

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Flags))]
    public void Forward_EveryFlag_EqualsThePlainDecoder(string flag)
    {
        using var source = new RandomModel(RandomModel.Shape(config => Change(config, flag)));
        using var factory = new LocalMoELayerFactory(source, _pool);
        int[] ids = [3, 17, 39, 0, 5, 5, 21, 8, 30, 12, 1];
        var logits = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8)), ids);
        var plain = new PlainDecoder(source).Logits(ids);
        for (var t = 0; t < ids.Length; t++)
        {
            // f32 against double over three layers; logits are of order 1.
            for (var v = 0; v < 40; v++)
                Assert.Equal(plain[t][v], logits[t * 40 + v], 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(CacheTypes))]
    public void Forward_ChunksBatchesAndStages_SameBits(WeightType cacheType)
    {
        using var source = new RandomModel(RandomModel.Shape(config => Change(config, "shared expert")));
        using var factory = new LocalMoELayerFactory(source, _pool);
        var prompts = Enumerable.Range(0, 4).Select(p => Enumerable.Range(0, 50 + 13 * p).Select(i => (i * 7 + p * 3) % 40).ToArray()).ToArray();
        var expected = prompts.Select(prompt => Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(64, cacheType)), prompt)).ToArray();
        for (var stages = 1; stages <= 3; stages++)
        {
            var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(64, cacheType), stages);
            var sequences = prompts.Select(_ => model.CreateSequence()).ToArray();
            var rows = prompts.Select(_ => new List<float>()).ToArray();
            while (prompts.Where((prompt, p) => sequences[p].Length < prompt.Length).Any())
            {
                var chunks = prompts.Select((prompt, p) => (Index: p, Ids: prompt.AsMemory(sequences[p].Length)))
                    .Where(pair => pair.Ids.Length > 0)
                    .Select(pair => (pair.Index, Chunk: new SequenceChunk(sequences[pair.Index], pair.Ids[..Math.Min(pair.Ids.Length, 5 + pair.Index)], LogitsWanted.All)))
                    .ToArray();
                var logits = model.Forward(new ForwardBatch([.. chunks.Select(pair => pair.Chunk)])).Span;
                foreach (var (index, chunk) in chunks)
                {
                    rows[index].AddRange(logits[..(chunk.TokenIds.Length * 40)]);
                    logits = logits[(chunk.TokenIds.Length * 40)..];
                }
            }

            for (var p = 0; p < prompts.Length; p++)
                Assert.Equal(expected[p], rows[p]);
        }
    }

    [Theory]
    [MemberData(nameof(CacheTypes))]
    public void Forward_TokenByTokenAfterAnotherSequenceTookTheBlocks_SameBits(WeightType cacheType)
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var ids = Enumerable.Range(0, 2 * KvLayout.BlockPositions + 5).Select(i => i * 3 % 40).ToArray();
        var expected = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(3, cacheType)), ids);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(3, cacheType, SharesPrefixes: false));

        // As a preempted sequence: part of it is computed, its blocks go to another, and it begins anew.
        using (var preempted = model.CreateSequence())
            model.Forward(new ForwardBatch([new SequenceChunk(preempted, ids.AsMemory(0, 40), LogitsWanted.None)]));
        Forward(model, [.. ids.Reverse()]);
        using var sequence = model.CreateSequence();
        for (var i = 0; i < ids.Length; i++)
        {
            var row = model.Forward(new ForwardBatch([new SequenceChunk(sequence, ids.AsMemory(i, 1), LogitsWanted.Last)]));
            Assert.Equal(expected[(i * 40)..((i + 1) * 40)], row.ToArray());
        }
    }

    [Theory]
    [InlineData(WeightType.BF16, 5e-2)]
    [InlineData(WeightType.F16, 1e-2)]
    public void Forward_CacheOfSixteenBits_IsNearTheOneOfThirtyTwo(WeightType cacheType, double bound)
    {
        // A key or value is off by at most 2⁻⁹ (bf16) or 2⁻¹² (f16) of itself, in each of three layers; logits are of order 1.
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var ids = Enumerable.Range(0, 70).Select(i => i * 3 % 40).ToArray();
        var exact = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8)), ids);
        var rounded = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8, cacheType)), ids);
        Assert.NotEqual(exact, rounded);
        Assert.InRange(exact.Zip(rounded, (x, y) => Math.Abs((double)x - y)).Max(), 0, bound);
    }

    [Fact]
    public void Forward_LastLogitsOnly_AreTheLastRowOfAll()
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(8));
        int[] ids = [1, 2, 3, 4, 5];
        var all = Forward(model, ids);
        using var sequence = model.CreateSequence();
        using var silent = model.CreateSequence();
        var last = model.Forward(new ForwardBatch([new SequenceChunk(silent, ids, LogitsWanted.None), new SequenceChunk(sequence, ids, LogitsWanted.Last)]));
        Assert.Equal(all[^40..], last.ToArray());
    }

    [Fact]
    public void Forward_LayerFails_SequencesDoNotGrowAndTheRetryIsExact()
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var local = new LocalMoELayerFactory(source, _pool);
        int[] ids = [9, 8, 7, 6];
        var expected = Forward(new DecoderModel(source, local, _pool, new KvCacheSettings(8)), ids);
        var failing = new FailOnceFactory(local);
        var model = new DecoderModel(source, failing, _pool, new KvCacheSettings(8));
        using var sequence = model.CreateSequence();
        var batch = new ForwardBatch([new SequenceChunk(sequence, ids, LogitsWanted.All)]);
        failing.FailNext = true;
        Assert.Throws<ExpertsUnavailableException>(() => model.Forward(batch));
        Assert.Equal(0, sequence.Length);
        Assert.Equal(expected, model.Forward(batch).ToArray());
        Assert.Equal(4, sequence.Length);
    }

    [Fact]
    public void Forward_IdOutsideTheVocabulary_NamesIt()
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var failure = Assert.Throws<ArgumentOutOfRangeException>(() => Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8)), [1, 40]));
        Assert.Contains("vocabulary of 40", failure.Message);
    }

    [Fact]
    public void Forward_CacheFull_SaysSoAndBlocksComeBack()
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(2));
        var ids = Enumerable.Range(0, KvLayout.BlockPositions + 1).Select(i => i % 40).ToArray();
        using (var sequence = model.CreateSequence())
        {
            model.Forward(new ForwardBatch([new SequenceChunk(sequence, ids, LogitsWanted.None)]));
            Assert.Equal(0, model.FreeCacheBlocks);
            using var second = model.CreateSequence();
            Assert.Contains("2 KV cache blocks", Assert.Throws<InvalidOperationException>(
                () => model.Forward(new ForwardBatch([new SequenceChunk(second, new[] { 1 }, LogitsWanted.None)]))).Message);
        }

        Assert.Equal(2, model.FreeCacheBlocks);
    }

    [Theory]
    [InlineData(1, WeightType.F32)]
    [InlineData(2, WeightType.F32)]
    [InlineData(1, WeightType.BF16)]
    [InlineData(2, WeightType.F16)]
    public void Reuse_PromptsWithACommonStart_GiveTheSameBits(int stages, WeightType cacheType)
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(12, cacheType), stages);
        var start = Enumerable.Range(0, 2 * KvLayout.BlockPositions + 7).Select(i => i * 7 % 40).ToArray();
        var random = new Random(3);
        for (var round = 0; round < 6; round++)
        {
            int[] ids = [.. start, .. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(40))];
            var expected = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8, cacheType), stages), ids);
            using var sequence = model.CreateSequence();
            var reused = sequence.Reuse(ids.AsSpan(0, ids.Length - 1));
            Assert.Equal(round == 0 ? 0 : 2 * KvLayout.BlockPositions, reused);
            Assert.Equal(reused, sequence.Length);
            var rows = model.Forward(new ForwardBatch([new SequenceChunk(sequence, ids.AsMemory(reused), LogitsWanted.All)]));
            Assert.Equal(expected[(reused * 40)..], rows.ToArray());
        }

        Assert.Equal(12, model.FreeCacheBlocks);
    }

    [Fact]
    public void Reuse_WhileTheFirstStillRuns_SharesItsBlocks()
    {
        using var source = new RandomModel(RandomModel.Shape());
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(4));
        var ids = Enumerable.Range(0, 2 * KvLayout.BlockPositions + 3).Select(i => i * 11 % 40).ToArray();
        var expected = Forward(new DecoderModel(source, factory, _pool, new KvCacheSettings(8)), ids)[^40..];
        using var first = model.CreateSequence();
        model.Forward(new ForwardBatch([new SequenceChunk(first, ids, LogitsWanted.None)]));
        Assert.Equal(1, model.FreeCacheBlocks);
        using var second = model.CreateSequence();
        Assert.Equal(2 * KvLayout.BlockPositions, second.Reuse(ids.AsSpan(0, ids.Length - 1)));
        first.Dispose();
        var last = model.Forward(new ForwardBatch([new SequenceChunk(second, ids.AsMemory(second.Length), LogitsWanted.Last)]));
        Assert.Equal(expected, last.ToArray());
    }

    private static float[] Forward(DecoderModel model, int[] ids)
    {
        using var sequence = model.CreateSequence();
        return model.Forward(new ForwardBatch([new SequenceChunk(sequence, ids, LogitsWanted.All)])).ToArray();
    }

    private static ModelConfig Change(ModelConfig config, string flag) => flag switch
    {
        "plain" => config,
        "qk norm per head" => config with { QkNorm = QkNorm.PerHead },
        "qk norm whole" => config with { QkNorm = QkNorm.WholeProjection },
        "bias" => config with { Layers = [.. config.Layers.Select(layer => layer with { AttentionBias = AttentionBias.Qkv | AttentionBias.Output })] },
        "clip" => config with { ClipQkv = 0.3f },
        "sliding window" => config with { Layers = [.. config.Layers.Select((layer, i) => layer with { SlidingWindow = i == 1 ? null : 4 })] },
        "tied" => config with { TieWordEmbeddings = true },
        "interleaved rope" => config with { Rope = config.Rope with { Style = RopeStyle.Interleaved } },
        "shared expert" => config with { SharedExpertIntermediateSize = 10 },
        "weights not normalised" => config with { Router = config.Router with { NormTopkProb = false } },
        "partial rotary" => config with { Rope = config.Rope with { RotaryDim = 4 } },
        _ => throw new ArgumentOutOfRangeException(nameof(flag), flag, "unknown"),
    };

    private sealed class FailOnceFactory(LocalMoELayerFactory local) : IMoELayerFactory
    {
        public bool FailNext { get; set; }

        public IMoELayer Create(int layer, SharedExpert? shared) => new Layer(this, layer, local.Create(layer, shared));

        private sealed class Layer(FailOnceFactory factory, int index, IMoELayer inner) : IMoELayer
        {
            public void Forward(ActivationRows hidden, Memory<float> output, IRoutingObserver? observer)
            {
                // The last MoE layer fails, after earlier ones have written their caches.
                if (index == 2 && factory.FailNext)
                {
                    factory.FailNext = false;
                    throw new ExpertsUnavailableException("layer 2 expert 3");
                }

                inner.Forward(hidden, output, observer);
            }
        }
    }
}
