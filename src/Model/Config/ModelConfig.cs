using MoE.Gating;

namespace MoE.Model;

/// <summary>A model's shape and flags, read from <c>config.json</c> or GGUF metadata. Names are Hugging Face's.</summary>
public sealed record ModelConfig
{
    public required ModelFamily Family { get; init; }

    /// <summary>The architecture as the file names it: <c>qwen3_moe</c>, <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What people call the model: the GGUF's <c>general.name</c> or the directory's name.</summary>
    public required string Name { get; init; }

    public required int VocabSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int NumAttentionHeads { get; init; }

    public required int NumKeyValueHeads { get; init; }

    /// <summary>Columns of one head, not always HiddenSize / NumAttentionHeads.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Most positions a sequence may have.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    public required float RmsNormEps { get; init; }

    public required bool TieWordEmbeddings { get; init; }

    public required QkNorm QkNorm { get; init; }

    /// <summary>Bound that q, k and v are clamped to, or null (OLMo's clip_qkv).</summary>
    public float? ClipQkv { get; init; }

    public required RopeConfig Rope { get; init; }

    /// <summary>Every MoE layer's router.</summary>
    public required RouterConfig Router { get; init; }

    /// <summary>Inner width of a routed expert.</summary>
    public required int MoeIntermediateSize { get; init; }

    /// <summary>Inner width of the shared expert, 0 where there is none.</summary>
    public required int SharedExpertIntermediateSize { get; init; }

    /// <summary>One entry a layer.</summary>
    public required IReadOnlyList<LayerConfig> Layers { get; init; }

    public int NumHiddenLayers => Layers.Count;
}

/// <summary>What differs between layers.</summary>
/// <param name="IsMoE">Whether the feed-forward part is routed experts.</param>
/// <param name="DenseIntermediateSize">Inner width of a dense layer's feed-forward part, 0 for a MoE layer.</param>
/// <param name="SlidingWindow">Positions a query sees, itself included, or null for all.</param>
/// <param name="AttentionBias">Which of the attention's projections carry a bias.</param>
public sealed record LayerConfig(bool IsMoE, int DenseIntermediateSize, int? SlidingWindow, AttentionBias AttentionBias);

/// <summary>Projections with a bias.</summary>
[Flags]
public enum AttentionBias
{
    None = 0,
    Query = 1,
    Key = 2,
    Value = 4,
    Output = 8,
    Qkv = Query | Key | Value,
}

/// <summary>RMSNorm on queries and keys before the rotation.</summary>
public enum QkNorm
{
    None,

    /// <summary>Over each head's HeadDim columns (Qwen3).</summary>
    PerHead,

    /// <summary>Over the whole projection (OLMoE).</summary>
    WholeProjection,
}
