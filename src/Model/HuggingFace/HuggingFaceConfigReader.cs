using MoE.Gating;

namespace MoE.Model;

/// <summary>
/// <c>config.json</c> to <see cref="ModelConfig"/>. A flag that is absent means what the family's configuration class in
/// transformers makes of its absence (src/transformers/models/*/configuration_*.py); a shape that is absent is an error.
/// </summary>
internal sealed class HuggingFaceConfigReader
{
    private const int MaxLayers = 4096;
    private const int MaxWidth = 1 << 24;
    private const int MaxHeads = 65_536;

    private readonly JsonFields _fields;
    private readonly HuggingFaceFamily _family;
    private readonly int _layers;

    private HuggingFaceConfigReader(JsonFields fields)
    {
        _fields = fields;
        _family = HuggingFaceFamily.Find(fields);
        _layers = fields.RequiredInt("num_hidden_layers", 1, MaxLayers);
    }

    /// <param name="fields">The file's object.</param>
    /// <param name="name">What people call the model.</param>
    /// <exception cref="ModelFormatException">A field is missing, out of its bounds, or asks for arithmetic that is not implemented.</exception>
    public static ModelConfig Read(JsonFields fields, string name) => new HuggingFaceConfigReader(fields).Read(name);

    private ModelConfig Read(string name)
    {
        HuggingFaceUnsupported.Check(_fields, _family);
        var hidden = Width("hidden_size");
        var heads = _fields.RequiredInt("num_attention_heads", 1, MaxHeads);
        var keyValueHeads = _fields.Int("num_key_value_heads", 1, MaxHeads) ?? heads;
        if (heads % keyValueHeads != 0)
            throw new ModelFormatException($"{_fields.File}: num_attention_heads is {heads}, no multiple of num_key_value_heads, which is {keyValueHeads}");
        var headDim = HeadDim(hidden, heads);
        var rope = HuggingFaceRope.Read(_fields, _family, headDim);
        return new ModelConfig
        {
            Family = _family.Family,
            Architecture = _family.ModelType,
            Name = name,
            VocabSize = Width("vocab_size"),
            HiddenSize = hidden,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = headDim,
            MaxPositionEmbeddings = rope.Positions(_fields.RequiredInt("max_position_embeddings", 1, int.MaxValue)),
            RmsNormEps = _fields.PositiveFloat("rms_norm_eps") ?? throw _fields.Missing("rms_norm_eps"),
            TieWordEmbeddings = _fields.Bool("tie_word_embeddings") ?? false,
            QkNorm = _family.QkNorm,
            ClipQkv = _family.Family == ModelFamily.Olmoe ? _fields.PositiveFloat("clip_qkv") : null,
            Rope = rope,
            Router = Router(),
            MoeIntermediateSize = Width(_family.HasOwnExpertWidth ? "moe_intermediate_size" : "intermediate_size"),
            SharedExpertIntermediateSize = _family.Family == ModelFamily.Qwen2Moe ? Width("shared_expert_intermediate_size") : 0,
            Layers = Layers(),
        };
    }

    private int HeadDim(int hidden, int heads)
    {
        var given = _fields.Int("head_dim", 1, MaxWidth);
        if (given is null && hidden % heads != 0)
            throw new ModelFormatException($"{_fields.File}: hidden_size is {hidden}, no multiple of num_attention_heads, which is {heads}");
        var headDim = given ?? hidden / heads;
        return headDim % 2 == 0
            ? headDim
            : throw new ModelFormatException($"{_fields.File}: head_dim is {headDim}; rotary embedding needs an even one");
    }

    private RouterConfig Router()
    {
        // Mixtral's name for the field; transformers 5 writes it for the others too.
        var name = _fields.Has("num_experts") ? "num_experts" : "num_local_experts";
        var experts = _fields.RequiredInt(name, 1, 65_536);
        var topK = _fields.RequiredInt("num_experts_per_tok", 1, experts);
        var normalised = _family.Family == ModelFamily.Mixtral || (_fields.Bool("norm_topk_prob") ?? false);
        return new RouterConfig(experts, topK, ScoreFunction.Softmax, normalised);
    }

    private LayerConfig[] Layers()
    {
        var dense = DenseLayers();
        var windows = HuggingFaceWindows.Read(_fields, _family, _layers);
        var bias = Bias();
        var layers = new LayerConfig[_layers];
        for (var layer = 0; layer < _layers; layer++)
            layers[layer] = new LayerConfig(!dense[layer], dense[layer] ? Width("intermediate_size") : 0, windows[layer], bias);
        return Array.Exists(layers, layer => layer.IsMoE)
            ? layers
            : throw new ModelFormatException($"{_fields.File}: mlp_only_layers and decoder_sparse_step leave no layer with experts; a model without experts is not served here");
    }

    private bool[] DenseLayers()
    {
        var dense = new bool[_layers];
        if (!_family.HasDenseLayers)
            return dense;
        var step = _fields.Int("decoder_sparse_step", 1, int.MaxValue) ?? 1;
        for (var layer = 0; layer < _layers; layer++)
            dense[layer] = (layer + 1) % step != 0;
        foreach (var layer in _fields.Ints("mlp_only_layers", 0, int.MaxValue) ?? [])
        {
            if (layer < _layers)
                dense[layer] = true;
        }

        return dense;
    }

    private AttentionBias Bias() => _family.Family switch
    {
        ModelFamily.Qwen2Moe => _fields.Bool("qkv_bias") ?? true ? AttentionBias.Qkv : AttentionBias.None,
        ModelFamily.Mixtral => AttentionBias.None,
        _ => _fields.Bool("attention_bias") ?? false ? AttentionBias.Qkv | AttentionBias.Output : AttentionBias.None,
    };

    private int Width(string name) => _fields.RequiredInt(name, 1, MaxWidth);
}
