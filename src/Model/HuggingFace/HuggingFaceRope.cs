using System.Text.Json;

namespace MoE.Model;

/// <summary>Rotary embedding from <c>rope_theta</c> and <c>rope_scaling</c>, or transformers 5's <c>rope_parameters</c> (modeling_rope_utils.py).</summary>
internal static class HuggingFaceRope
{
    public static RopeConfig Read(JsonFields fields, HuggingFaceFamily family, int headDim)
    {
        var parameters = fields.Object("rope_parameters");
        var legacy = fields.Object("rope_scaling");
        if (parameters?.Find("full_attention") is not null || parameters?.Find("sliding_attention") is not null)
            throw new ModelFormatException($"{fields.File}: rope_parameters differ by layer type, which is not supported");
        if (parameters?.Float("partial_rotary_factor") is { } part and not 1f)
            throw new ModelFormatException($"{fields.File}: rope_parameters.partial_rotary_factor is {part}; {family.ModelType} is supported with 1 only");
        var theta = parameters?.PositiveFloat("rope_theta") ?? fields.PositiveFloat("rope_theta") ?? family.RopeTheta;
        var scaling = parameters is null ? null : Scaling(fields, parameters, "default");
        if (legacy is not null)
        {
            var older = Scaling(fields, legacy, null);
            if (parameters is not null && older != scaling)
                throw new ModelFormatException($"{fields.File}: rope_scaling says {Text(older)}, rope_parameters says {Text(scaling)}; only one of them may scale");
            scaling = older;
        }

        return new RopeConfig(theta, headDim, RopeStyle.Half, scaling);
    }

    /// <param name="fields">The file's object.</param>
    /// <param name="scaling">Holds the type and what it takes.</param>
    /// <param name="absent">What it means that the type is absent, or null where it must not be.</param>
    private static RopeScaling? Scaling(JsonFields fields, JsonFields scaling, string? absent)
    {
        var type = scaling.String("rope_type") ?? scaling.String("type") ?? absent ?? throw scaling.Missing("rope_type");
        return type switch
        {
            "default" => null,
            "linear" => new RopeScaling.Linear(Required(scaling, "factor")),
            "llama3" => Llama3(scaling),
            "yarn" => Yarn(fields, scaling),
            _ => throw scaling.Wrong("rope_type", JsonSerializer.SerializeToElement(type), "default, linear, llama3 or yarn"),
        };
    }

    private static RopeScaling.Llama3 Llama3(JsonFields scaling)
    {
        var low = Required(scaling, "low_freq_factor");
        var high = Required(scaling, "high_freq_factor");
        return high > low
            ? new RopeScaling.Llama3(
                Required(scaling, "factor"), low, high, scaling.RequiredInt("original_max_position_embeddings", 1, int.MaxValue))
            : throw new ModelFormatException($"{scaling.File}: rope_scaling.high_freq_factor is {high}; it must be above low_freq_factor, which is {low}");
    }

    private static RopeScaling.Yarn Yarn(JsonFields fields, JsonFields scaling)
    {
        var positions = fields.RequiredInt("max_position_embeddings", 1, int.MaxValue);
        var original = scaling.Int("original_max_position_embeddings", 1, int.MaxValue) ?? positions;
        var factor = scaling.PositiveFloat("factor") ?? (float)positions / original;
        var mscale = scaling.Float("mscale") ?? 0f;
        var mscaleAllDim = scaling.Float("mscale_all_dim") ?? 0f;
        var attention = scaling.PositiveFloat("attention_factor")
            ?? (mscale != 0 && mscaleAllDim != 0
                ? RopeScaling.Yarn.Magnitude(factor, mscale) / RopeScaling.Yarn.Magnitude(factor, mscaleAllDim)
                : RopeScaling.Yarn.Magnitude(factor, 1f));
        return new RopeScaling.Yarn(
            factor,
            original,
            attention,
            scaling.PositiveFloat("beta_fast") ?? 32f,
            scaling.PositiveFloat("beta_slow") ?? 1f,
            scaling.Bool("truncate") ?? true);
    }

    private static string Text(RopeScaling? scaling) => scaling?.ToString() ?? "default";

    private static float Required(JsonFields scaling, string name) => scaling.PositiveFloat(name) ?? throw scaling.Missing(name);
}
