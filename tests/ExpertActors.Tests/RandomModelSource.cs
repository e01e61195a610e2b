using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;
using MoE.Tokenization;

namespace MoE.ExpertActors.Tests;

/// <summary>A model of seeded random f32 experts, and nothing else: layer 0 is dense, the others are MoE layers.</summary>
internal sealed class RandomModelSource : ModelSource
{
    public const int HiddenSize = 32;
    public const int IntermediateSize = 48;
    public const int NumExperts = 8;
    public const int NumLayers = 3;
    public const long BytesOfExpert = 3L * HiddenSize * IntermediateSize * sizeof(float);

    /// <summary>Runs before an expert is read; throws what reading it is to throw.</summary>
    public Action<ExpertId> BeforeRead { get; set; } = _ => { };

    /// <summary>The memory of every expert that was read.</summary>
    public ConcurrentQueue<CountedMemory> Given { get; } = [];

    public override string Path => "random";

    public override ModelConfig Config { get; } = new()
    {
        Family = ModelFamily.Qwen3Moe,
        Architecture = "random",
        Name = "random",
        VocabSize = 4,
        HiddenSize = HiddenSize,
        NumAttentionHeads = 1,
        NumKeyValueHeads = 1,
        HeadDim = HiddenSize,
        MaxPositionEmbeddings = 16,
        RmsNormEps = 1e-6f,
        TieWordEmbeddings = true,
        QkNorm = QkNorm.None,
        Rope = new RopeConfig(10_000f, HiddenSize, RopeStyle.Half, null),
        Router = new RouterConfig(NumExperts, 2, ScoreFunction.Softmax, NormTopkProb: true),
        MoeIntermediateSize = IntermediateSize,
        SharedExpertIntermediateSize = 0,
        Layers = [.. Enumerable.Range(0, NumLayers).Select(layer => new LayerConfig(layer > 0, layer > 0 ? 0 : 8, null, AttentionBias.None))],
    };

    public override string Hash => "f00d";

    public override IReadOnlyList<TensorInfo> Tensors => [];

    public override WeightType? ComputeType => null;

    public override string? ChatTemplate => null;

    public override GenerationDefaults Generation { get; } = new();

    public override Tokenizer CreateTokenizer() => throw new NotSupportedException();

    public override WeightMatrix Matrix(TensorRole role, int layer = -1)
    {
        var memory = new NativeWeightMemory((long)NumExperts * HiddenSize * sizeof(float));
        return Random(new Random(layer), memory, 0, NumExperts, HiddenSize);
    }

    public override float[] Vector(TensorRole role, int layer = -1) => throw new NotSupportedException();

    public override bool Has(TensorRole role, int layer = -1) => role == TensorRole.Router;

    public override ExpertWeights Expert(int layer, int expert)
    {
        BeforeRead(new ExpertId(layer, expert));
        var random = new Random(layer * 1000 + expert);
        var memory = new NativeWeightMemory(BytesOfExpert);
        var counted = new CountedMemory(memory);
        Given.Enqueue(counted);
        const long Matrix = BytesOfExpert / 3;
        return new ExpertWeights(
            Random(random, memory, 0, IntermediateSize, HiddenSize),
            Random(random, memory, Matrix, IntermediateSize, HiddenSize),
            Random(random, memory, 2 * Matrix, HiddenSize, IntermediateSize),
            counted);
    }

    public override long ExpertBytes(int layer) => BytesOfExpert;

    public override void Dispose()
    {
    }

    /// <summary>Seeded rows [count, H].</summary>
    public static float[] RandomRows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * HiddenSize).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static WeightMatrix Random(Random random, NativeWeightMemory memory, long offset, int rows, int columns)
    {
        var values = MemoryMarshal.Cast<byte, float>(memory.Writable(offset, rows * columns * sizeof(float)));
        foreach (ref var value in values)
            value = random.NextSingle() - 0.5f;
        return new WeightMatrix(WeightType.F32, rows, columns, memory, offset);
    }
}
