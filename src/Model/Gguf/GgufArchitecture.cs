namespace MoE.Model;

/// <summary>What an architecture's name in <c>general.architecture</c> stands for.</summary>
/// <param name="Name">llama.cpp's name, and the prefix of its keys.</param>
/// <param name="Family">Whose arithmetic it is.</param>
/// <param name="QkNorm">The normalisation of queries and keys.</param>
/// <param name="NormTopkProb">What llama.cpp does where <c>expert_weights_norm</c> is absent (src/models/*.cpp, build_moe_ffn).</param>
/// <param name="RopeStyle">Which dimensions rotate together (llama_model_rope_type).</param>
internal sealed record GgufArchitecture(string Name, ModelFamily Family, QkNorm QkNorm, bool NormTopkProb, RopeStyle RopeStyle)
{
    private const string Key = "general.architecture";

    private static readonly GgufArchitecture[] s_all =
    [
        new("llama", ModelFamily.Mixtral, QkNorm.None, NormTopkProb: true, RopeStyle.Interleaved),
        new("olmoe", ModelFamily.Olmoe, QkNorm.WholeProjection, NormTopkProb: false, RopeStyle.Half),
        new("qwen2moe", ModelFamily.Qwen2Moe, QkNorm.None, NormTopkProb: false, RopeStyle.Half),
        new("qwen3moe", ModelFamily.Qwen3Moe, QkNorm.PerHead, NormTopkProb: true, RopeStyle.Half),
    ];

    /// <summary>Whether the experts' width, where the file has no key for it, is the layer's divided by the experts that a token visits.</summary>
    public bool DividesWidth => Family is ModelFamily.Qwen2Moe or ModelFamily.Qwen3Moe;

    /// <exception cref="ModelFormatException">The architecture is not implemented.</exception>
    public static GgufArchitecture Find(GgufMetadata metadata)
    {
        var name = metadata.String(Key) ?? throw metadata.Missing(Key);
        return Array.Find(s_all, architecture => architecture.Name == name) ?? throw new ModelFormatException(
            $"{metadata.File}: {Key} is '{Names.Printable(name)}', which is not supported; supported are {string.Join(", ", s_all.Select(known => known.Name))}");
    }
}
