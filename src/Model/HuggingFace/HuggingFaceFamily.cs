namespace MoE.Model;

/// <summary>What a <c>model_type</c> of <c>config.json</c> stands for.</summary>
/// <param name="ModelType">transformers' name.</param>
/// <param name="ModelClass">The class that <c>architectures</c> names.</param>
/// <param name="Family">Whose arithmetic it is.</param>
/// <param name="QkNorm">The normalisation of queries and keys.</param>
/// <param name="RopeTheta">The configuration class's default.</param>
internal sealed record HuggingFaceFamily(string ModelType, string ModelClass, ModelFamily Family, QkNorm QkNorm, float RopeTheta)
{
    private const string Field = "model_type";

    private static readonly HuggingFaceFamily[] s_all =
    [
        new("olmoe", "OlmoeForCausalLM", ModelFamily.Olmoe, QkNorm.WholeProjection, 10_000f),
        new("mixtral", "MixtralForCausalLM", ModelFamily.Mixtral, QkNorm.None, 1_000_000f),
        new("qwen2_moe", "Qwen2MoeForCausalLM", ModelFamily.Qwen2Moe, QkNorm.None, 10_000f),
        new("qwen3_moe", "Qwen3MoeForCausalLM", ModelFamily.Qwen3Moe, QkNorm.PerHead, 10_000f),
    ];

    /// <summary>Whether the experts' inner width is a field of its own, beside the dense layers'.</summary>
    public bool HasOwnExpertWidth => HasDenseLayers;

    /// <summary>Whether decoder_sparse_step and mlp_only_layers decide which layers have experts.</summary>
    public bool HasDenseLayers => Family is ModelFamily.Qwen2Moe or ModelFamily.Qwen3Moe;

    /// <exception cref="ModelFormatException">The family is not implemented.</exception>
    public static HuggingFaceFamily Find(JsonFields fields)
    {
        var name = fields.String(Field) ?? throw fields.Missing(Field);
        var family = Array.Find(s_all, known => known.ModelType == name) ?? throw new ModelFormatException(
            $"{fields.File}: {Field} is '{Names.Printable(name)}', which is not supported; supported are {string.Join(", ", s_all.Select(known => known.ModelType))}");
        if (fields.Find("architectures") is { ValueKind: System.Text.Json.JsonValueKind.Array } classes)
        {
            foreach (var entry in classes.EnumerateArray().Where(entry => entry.ToString() != family.ModelClass))
                throw new ModelFormatException($"{fields.File}: architectures names {JsonFields.Text(entry)}; {name} is supported as {family.ModelClass}");
        }

        return family;
    }
}
