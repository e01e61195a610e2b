using System.Runtime.InteropServices;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;
using MoE.Tokenization;

namespace MoE.Simulation.Tests;

/// <summary>
/// One process's view of a tiny model with seeded f32 experts. It knows which experts the process holds at any moment, since
/// holding is reading and releasing is disposing. The weights themselves are shared by all simulations.
/// </summary>
internal sealed class SimulatedModel : ModelSource
{
    public const int HiddenSize = 16;
    public const int NumLayers = 2;
    public const int NumExperts = 6;
    private const int IntermediateSize = 16;
    private const int MatrixBytes = HiddenSize * IntermediateSize * sizeof(float);
    private static readonly ModelConfig s_config = new()
    {
        Family = ModelFamily.Qwen3Moe,
        Architecture = "simulated",
        Name = "simulated",
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
        Layers = [.. Enumerable.Range(0, NumLayers).Select(_ => new LayerConfig(true, 0, null, AttentionBias.None))],
    };
    private static readonly NativeWeightMemory s_memory = new((long)NumLayers * (NumExperts * 3 * MatrixBytes + GateBytes));
    private const int GateBytes = NumExperts * HiddenSize * sizeof(float);
    private static readonly ExpertWeights[] s_experts = MakeExperts();
    private static readonly WeightMatrix[] s_gates = MakeGates();
    private static readonly ComputePool s_pool = new(1, "simulation");
    private static readonly Dictionary<int, GateLayer> s_gateLayers = Enumerable.Range(0, NumLayers)
        .ToDictionary(layer => layer, layer => new GateLayer(s_gates[layer], new TopKRouter(s_config.Router)));
    private readonly Dictionary<ExpertId, int> _held = [];

    /// <summary>Bytes of one expert.</summary>
    public const long BytesOfExpert = 3L * MatrixBytes;

    /// <summary>Experts of the model.</summary>
    public const int AllExperts = NumLayers * NumExperts;

    /// <summary>Threads for gates and sums: one, so that nothing leaves the loop's own.</summary>
    public static ComputePool Pool => s_pool;

    public static IReadOnlyDictionary<int, GateLayer> Gates => s_gateLayers;

    /// <summary>Runs before an expert is read; throws what reading it is to throw.</summary>
    public Action BeforeRead { get; set; } = () => { };

    public override string Path => "simulated";

    public override ModelConfig Config => s_config;

    public override string Hash => "f00d";

    public override IReadOnlyList<TensorInfo> Tensors => [];

    public override WeightType? ComputeType => null;

    public override string? ChatTemplate => null;

    public override GenerationDefaults Generation { get; } = new();

    public bool Holds(ExpertId expert) => _held.ContainsKey(expert);

    /// <summary>What every layer computes in one process, without a cluster.</summary>
    public static LocalMoELayer Oracle(int layer) => new(
        layer, s_gateLayers[layer], s_experts[(layer * NumExperts)..((layer + 1) * NumExperts)], null, s_pool, new LocalMoEWorkspace());

    /// <summary>One expert's answer to one row.</summary>
    public static float[] Contribution(ExpertId expert, ReadOnlySpan<float> row)
    {
        var weights = s_experts[expert.Layer * NumExperts + expert.Expert];
        var rows = new ActivationRows();
        rows.Reset(1, HiddenSize);
        row.CopyTo(rows.Row(0));
        var y = new float[HiddenSize];
        ExpertFfn.Forward(weights.Gate, weights.Up, weights.Down, rows, new ExpertScratch(), y);
        return y;
    }

    public override ExpertWeights Expert(int layer, int expert)
    {
        BeforeRead();
        var id = new ExpertId(layer, expert);
        _held[id] = _held.GetValueOrDefault(id) + 1;
        return s_experts[layer * NumExperts + expert] with { Memory = new Holding(this, id) };
    }

    public override StoredExpert Stored(int layer, int expert)
    {
        var weights = s_experts[layer * NumExperts + expert];
        return new StoredExpert(weights.Gate, weights.Up, weights.Down);
    }

    public override long ExpertBytes(int layer) => BytesOfExpert;

    public override WeightMatrix Matrix(TensorRole role, int layer = -1) => s_gates[layer];

    public override bool Has(TensorRole role, int layer = -1) => role == TensorRole.Router;

    public override float[] Vector(TensorRole role, int layer = -1) => throw new NotSupportedException();

    public override Tokenizer CreateTokenizer() => throw new NotSupportedException();

    public override void Dispose()
    {
    }

    private static ExpertWeights[] MakeExperts() => [.. Enumerable.Range(0, AllExperts).Select(index =>
    {
        var random = new Random(index);
        var offset = index * BytesOfExpert;
        return new ExpertWeights(
            RandomMatrix(random, offset, IntermediateSize, HiddenSize),
            RandomMatrix(random, offset + MatrixBytes, IntermediateSize, HiddenSize),
            RandomMatrix(random, offset + 2 * MatrixBytes, HiddenSize, IntermediateSize),
            null);
    })];

    private static WeightMatrix[] MakeGates() => [.. Enumerable.Range(0, NumLayers).Select(layer =>
        RandomMatrix(new Random(1000 + layer), AllExperts * BytesOfExpert + layer * GateBytes, NumExperts, HiddenSize))];

    private static WeightMatrix RandomMatrix(Random random, long offset, int rows, int columns)
    {
        var values = MemoryMarshal.Cast<byte, float>(s_memory.Writable(offset, rows * columns * sizeof(float)));
        foreach (ref var value in values)
            value = 2 * random.NextSingle() - 1;
        return new WeightMatrix(WeightType.F32, rows, columns, s_memory, offset);
    }

    private void Release(ExpertId expert)
    {
        if (--_held[expert] == 0)
            _held.Remove(expert);
    }

    private sealed class Holding(SimulatedModel model, ExpertId expert) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            if (_released)
                return;
            _released = true;
            model.Release(expert);
        }
    }
}
