using MoE.Gating;

namespace MoE.Model;

/// <summary>
/// Metadata to <see cref="ModelConfig"/>. Keys are llama.cpp's (gguf-py/gguf/constants.py); what a key that is absent means is
/// what llama.cpp makes of its absence. What the file's tensors show (biases, dense layers, a tied head) is read from them.
/// </summary>
internal sealed class GgufConfigReader
{
    private readonly GgufMetadata _metadata;
    private readonly TensorTable _table;
    private readonly GgufArchitecture _architecture;
    private readonly string _file;
    private readonly int _layers;

    private GgufConfigReader(GgufMetadata metadata, TensorTable table)
    {
        _metadata = metadata;
        _table = table;
        _file = metadata.File;
        _architecture = GgufArchitecture.Find(metadata);
        _layers = metadata.RequiredInt(Key("block_count"), 1, GgufLimits.Layers);
    }

    /// <exception cref="ModelFormatException">A key is missing, out of its bounds, or asks for arithmetic that is not implemented.</exception>
    public static ModelConfig Read(GgufMetadata metadata, TensorTable table) => new GgufConfigReader(metadata, table).Read();

    private ModelConfig Read()
    {
        GgufUnsupported.Check(_metadata, _architecture.Name);
        var router = Router();
        var hidden = Width("embedding_length");
        var heads = _metadata.UniformInt(Key("attention.head_count"), _layers, 1, 65_536) ?? throw _metadata.Missing(Key("attention.head_count"));
        var keyValueHeads = _metadata.UniformInt(Key("attention.head_count_kv"), _layers, 1, 65_536) ?? heads;
        if (heads % keyValueHeads != 0)
            throw new ModelFormatException($"{_file}: {Key("attention.head_count")} is {heads}, no multiple of {Key("attention.head_count_kv")}, which is {keyValueHeads}");
        var headDim = HeadDim(hidden, heads);
        var layers = Layers();
        var rope = GgufRope.Read(_metadata, _table, _architecture, headDim);
        return new ModelConfig
        {
            Family = _architecture.Family,
            Architecture = _architecture.Name,
            Name = _metadata.String("general.name") is { Length: > 0 } name ? Names.Printable(name) : Path.GetFileNameWithoutExtension(_file),
            VocabSize = VocabSize(),
            HiddenSize = hidden,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            MaxPositionEmbeddings = rope.Positions(_metadata.RequiredInt(Key("context_length"), 1, int.MaxValue)),
            RmsNormEps = _metadata.PositiveFloat(Key("attention.layer_norm_rms_epsilon")) ?? throw _metadata.Missing(Key("attention.layer_norm_rms_epsilon")),
            TieWordEmbeddings = !_table.Contains(GgufWeightNames.LmHead),
            QkNorm = _architecture.QkNorm,
            ClipQkv = Positive("attention.clamp_kqv"),
            Rope = rope,
            Router = router,
            MoeIntermediateSize = Optional("expert_feed_forward_length") ?? ExpertWidth(router.TopK),
            SharedExpertIntermediateSize = SharedExpert(),
            Layers = layers,
        };
    }

    private RouterConfig Router()
    {
        var experts = _metadata.Int(Key("expert_count"), 0, GgufLimits.Experts) ?? 0;
        if (experts == 0)
            throw new ModelFormatException($"{_file}: {Key("expert_count")} is {(_metadata.Has(Key("expert_count")) ? "0" : "missing")}; a model without experts is not served here");
        var topK = _metadata.RequiredInt(Key("expert_used_count"), 1, experts);
        var function = _metadata.Int(Key("expert_gating_func"), 0, int.MaxValue) ?? 0;
        if (function > 1)
            throw new ModelFormatException($"{_file}: {Key("expert_gating_func")} is {function}; {_architecture.Name} is supported with 1 (softmax)");
        var scale = _metadata.Float(Key("expert_weights_scale")) is { } given and not 0 ? given : 1f;
        return new RouterConfig(
            experts, topK, ScoreFunction.Softmax, _metadata.Bool(Key("expert_weights_norm")) ?? _architecture.NormTopkProb, scale);
    }

    private int HeadDim(int hidden, int heads)
    {
        var given = Optional("attention.key_length");
        if (given is null && hidden % heads != 0)
            throw new ModelFormatException($"{_file}: {Key("embedding_length")} is {hidden}, no multiple of {Key("attention.head_count")}, which is {heads}");
        var headDim = given ?? hidden / heads;
        if (headDim % 2 != 0)
            throw new ModelFormatException($"{_file}: the head width is {headDim}; rotary embedding needs an even one");
        var valueDim = Optional("attention.value_length") ?? headDim;
        return valueDim == headDim
            ? headDim
            : throw new ModelFormatException($"{_file}: {Key("attention.value_length")} is {valueDim}; it must equal the keys' {headDim}");
    }

    private int VocabSize()
    {
        if (!_table.TryGet(GgufWeightNames.TokenEmbedding, out var embedding))
            throw new ModelFormatException($"{_file}: tensor '{GgufWeightNames.TokenEmbedding}' is missing");
        var rows = embedding.Info.Shape[0];
        var declared = Optional("vocab_size");
        if (declared is not null && declared != rows)
            throw new ModelFormatException($"{_file}: {Key("vocab_size")} is {declared}; '{GgufWeightNames.TokenEmbedding}' has {rows} rows");
        return (int)rows;
    }

    private LayerConfig[] Layers()
    {
        var window = _metadata.Int(Key("attention.sliding_window"), 0, int.MaxValue) is { } positions and > 0 ? positions : (int?)null;
        var layers = new LayerConfig[_layers];
        var leadingDense = _metadata.Int(Key("leading_dense_block_count"), 0, _layers) ?? 0;
        for (var layer = 0; layer < _layers; layer++)
        {
            var isMoE = _table.Contains($"blk.{layer}.ffn_gate_inp.weight");
            if (isMoE && layer < leadingDense)
                throw new ModelFormatException($"{_file}: {Key("leading_dense_block_count")} is {leadingDense}, but layer {layer} has a router");
            layers[layer] = new LayerConfig(isMoE, isMoE ? 0 : Width("feed_forward_length"), window, Bias(layer));
        }

        return layers.Any(layer => layer.IsMoE)
            ? layers
            : throw new ModelFormatException($"{_file}: tensor 'blk.0.ffn_gate_inp.weight' is missing, and so is every other layer's; {Key("expert_count")} says there are experts");
    }

    private AttentionBias Bias(int layer)
    {
        var bias = AttentionBias.None;
        foreach (var (name, flag) in new[] { ("q", AttentionBias.Query), ("k", AttentionBias.Key), ("v", AttentionBias.Value), ("output", AttentionBias.Output) })
        {
            if (_table.Contains($"blk.{layer}.attn_{name}.bias"))
                bias |= flag;
        }

        return bias;
    }

    /// <summary>Files from before the experts' own key: what llama.cpp makes of the layer's width.</summary>
    private int ExpertWidth(int topK)
    {
        var width = Width("feed_forward_length");
        return _architecture.DividesWidth ? Math.Max(1, width / topK) : width;
    }

    private int SharedExpert()
    {
        var declared = Optional("expert_shared_feed_forward_length");
        if (_architecture.Family == ModelFamily.Qwen2Moe)
            return declared ?? Width("feed_forward_length");
        return declared is null
            ? 0
            : throw new ModelFormatException($"{_file}: {Key("expert_shared_feed_forward_length")} is {declared}; {_architecture.Name} has no shared expert");
    }

    private string Key(string name) => $"{_architecture.Name}.{name}";

    private int Width(string name) =>
        _metadata.UniformInt(Key(name), _layers, 1, GgufLimits.Width) ?? throw _metadata.Missing(Key(name));

    private int? Optional(string name) =>
        _metadata.UniformInt(Key(name), _layers, 0, GgufLimits.Width) is { } value and > 0 ? value : null;

    private float? Positive(string name) => _metadata.Float(Key(name)) is { } value and > 0 ? value : null;
}
