using System.Runtime.InteropServices;
using MoE.Gating;
using MoE.Kernels;
using MoE.Tokenization;

namespace MoE.Model.Tests;

/// <summary>A small model in memory with seeded f32 weights: any mix of a family's flags without a file.</summary>
internal sealed class RandomModel(ModelConfig config) : ModelSource
{
    private readonly Dictionary<(TensorRole, int), float[]> _values = [];
    private readonly Dictionary<(int, int), ExpertWeights> _experts = [];
    private readonly List<IDisposable> _memories = [];

    public override string Path => "memory";

    public override ModelConfig Config => config;

    public override string Hash => "0";

    public override IReadOnlyList<TensorInfo> Tensors => [];

    public override WeightType? ComputeType => null;

    public override string? ChatTemplate => null;

    public override GenerationDefaults Generation { get; } = new();

    /// <summary>A model with two MoE layers of 6 experts, a dense one between, grouped heads and a head width of its own.</summary>
    public static ModelConfig Shape(Func<ModelConfig, ModelConfig>? change = null)
    {
        var config = new ModelConfig
        {
            Family = ModelFamily.Qwen3Moe,
            Architecture = "test",
            Name = "random",
            VocabSize = 40,
            HiddenSize = 24,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 8,
            MaxPositionEmbeddings = 512,
            RmsNormEps = 1e-6f,
            TieWordEmbeddings = false,
            QkNorm = QkNorm.None,
            Rope = new RopeConfig(10000f, 8, RopeStyle.Half, null),
            Router = new RouterConfig(6, 2, ScoreFunction.Softmax, NormTopkProb: true),
            MoeIntermediateSize = 12,
            SharedExpertIntermediateSize = 0,
            Layers =
            [
                new LayerConfig(true, 0, null, AttentionBias.None),
                new LayerConfig(false, 20, null, AttentionBias.None),
                new LayerConfig(true, 0, null, AttentionBias.None),
            ],
        };
        return change?.Invoke(config) ?? config;
    }

    public float[] Values(TensorRole role, int layer, int rows, int columns)
    {
        if (_values.TryGetValue((role, layer), out var values))
            return values;
        var random = new Random(HashCode(role, layer, 0));
        values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() * 2 - 1) * (rows == 1 ? 0.5f : 1.5f / MathF.Sqrt(columns));
            if (role is TensorRole.FinalNorm or TensorRole.InputNorm or TensorRole.PostAttentionNorm or TensorRole.QNorm or TensorRole.KNorm)
                values[i] += 1f;
        }

        return _values[(role, layer)] = values;
    }

    public override WeightMatrix Matrix(TensorRole role, int layer = -1)
    {
        if (role == TensorRole.LmHead && config.TieWordEmbeddings)
            role = TensorRole.TokenEmbedding;
        var (rows, columns) = ShapeOf(role, layer);
        return ToMatrix(Values(role, layer, rows, columns), rows, columns);
    }

    public override float[] Vector(TensorRole role, int layer = -1) => Values(role, layer, 1, ShapeOf(role, layer).Columns);

    public override bool Has(TensorRole role, int layer = -1) => role switch
    {
        TensorRole.SharedExpertRouter => config.SharedExpertIntermediateSize > 0,
        _ => true,
    };

    public override ExpertWeights Expert(int layer, int expert)
    {
        if (_experts.TryGetValue((layer, expert), out var weights))
            return weights;
        var (hidden, inner) = (config.HiddenSize, config.MoeIntermediateSize);
        return _experts[(layer, expert)] = new ExpertWeights(
            ToMatrix(ExpertValues(layer, expert, 0), inner, hidden),
            ToMatrix(ExpertValues(layer, expert, 1), inner, hidden),
            ToMatrix(ExpertValues(layer, expert, 2), hidden, inner),
            null);
    }

    public float[] ExpertValues(int layer, int expert, int part)
    {
        var random = new Random(HashCode((TensorRole)100 + part, layer, expert));
        var values = new float[config.HiddenSize * config.MoeIntermediateSize];
        for (var i = 0; i < values.Length; i++)
            values[i] = (random.NextSingle() * 2 - 1) * 0.4f;
        return values;
    }

    public override long ExpertBytes(int layer) => 3L * config.HiddenSize * config.MoeIntermediateSize * sizeof(float);

    public override Tokenizer CreateTokenizer() => throw new NotSupportedException("ids only");

    public override void Dispose()
    {
        foreach (var memory in _memories)
            memory.Dispose();
    }

    public (int Rows, int Columns) ShapeOf(TensorRole role, int layer)
    {
        var (hidden, queries, keys) = (config.HiddenSize, config.NumAttentionHeads * config.HeadDim, config.NumKeyValueHeads * config.HeadDim);
        var dense = layer < 0 ? 0 : config.Layers[layer].DenseIntermediateSize;
        var whole = config.QkNorm == QkNorm.WholeProjection;
        return role switch
        {
            TensorRole.TokenEmbedding or TensorRole.LmHead => (config.VocabSize, hidden),
            TensorRole.QProj => (queries, hidden),
            TensorRole.KProj or TensorRole.VProj => (keys, hidden),
            TensorRole.OProj => (hidden, queries),
            TensorRole.QBias => (1, queries),
            TensorRole.KBias or TensorRole.VBias => (1, keys),
            TensorRole.QNorm => (1, whole ? queries : config.HeadDim),
            TensorRole.KNorm => (1, whole ? keys : config.HeadDim),
            TensorRole.Router => (config.Router.NumExperts, hidden),
            TensorRole.SharedExpertRouter => (1, hidden),
            TensorRole.SharedGateProj or TensorRole.SharedUpProj => (config.SharedExpertIntermediateSize, hidden),
            TensorRole.SharedDownProj => (hidden, config.SharedExpertIntermediateSize),
            TensorRole.DenseGateProj or TensorRole.DenseUpProj => (dense, hidden),
            TensorRole.DenseDownProj => (hidden, dense),
            _ => (1, hidden),
        };
    }

    private WeightMatrix ToMatrix(float[] values, int rows, int columns)
    {
        var memory = new NativeWeightMemory(values.Length * sizeof(float));
        _memories.Add(memory);
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(memory.Writable(0, values.Length * sizeof(float)));
        return new WeightMatrix(WeightType.F32, rows, columns, memory, 0);
    }

    private static int HashCode(TensorRole role, int layer, int expert) => (int)role * 10007 + (layer + 1) * 101 + expert;
}
