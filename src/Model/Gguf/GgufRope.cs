using MoE.Kernels;

namespace MoE.Model;

/// <summary>Rotary embedding from metadata, as llama.cpp reads it.</summary>
internal static class GgufRope
{
    public const string FactorsTensor = "rope_freqs.weight";

    private const float DefaultTheta = 10_000f;

    public static RopeConfig Read(GgufMetadata metadata, TensorTable table, GgufArchitecture architecture, int headDim)
    {
        var prefix = architecture.Name + ".rope.";
        var rotaryDim = metadata.Int(prefix + "dimension_count", 2, headDim) ?? headDim;
        if (rotaryDim % 2 != 0)
            throw new ModelFormatException($"{metadata.File}: {prefix}dimension_count is {rotaryDim}; it must be even");
        var theta = metadata.PositiveFloat(prefix + "freq_base") ?? DefaultTheta;
        var scaling = Scaling(metadata, prefix, architecture.Name);
        return new RopeConfig(theta, rotaryDim, architecture.RopeStyle, WithFactors(metadata, table, scaling, rotaryDim));
    }

    private static RopeScaling? Scaling(GgufMetadata metadata, string prefix, string architecture)
    {
        // Files from before the scaling keys carry the factor alone.
        var factor = metadata.Float(prefix + "scaling.factor") ?? metadata.Float(prefix + "scale_linear") ?? 0f;
        if (factor < 0)
            throw new ModelFormatException($"{metadata.File}: {prefix}scaling.factor is {factor}; it must be above 0");
        var type = metadata.String(prefix + "scaling.type") ?? "linear";
        if (factor is (0 or 1) && type is ("none" or "linear" or "yarn"))
            return null;
        return type switch
        {
            "none" => null,
            "linear" => new RopeScaling.Linear(factor),
            "yarn" => Yarn(metadata, prefix, architecture, factor),
            _ => throw new ModelFormatException($"{metadata.File}: {prefix}scaling.type is '{Names.Printable(type)}'; supported are none, linear, yarn"),
        };
    }

    /// <summary>
    /// ggml's rope_yarn: the magnitude is attn_factor · (1 + 0.1·ln factor), the correction range is rounded outwards. The converter writes
    /// config.json's attention_factor, which is the whole magnitude, as yarn_attn_factor.
    /// </summary>
    private static RopeScaling.Yarn Yarn(GgufMetadata metadata, string prefix, string architecture, float factor)
    {
        var original = metadata.Int(prefix + "scaling.original_context_length", 1, int.MaxValue)
            ?? metadata.RequiredInt(architecture + ".context_length", 1, int.MaxValue);
        var extension = metadata.Float(prefix + "scaling.yarn_ext_factor") ?? 1f;
        if (extension is not 1f and >= 0)
            throw new ModelFormatException($"{metadata.File}: {prefix}scaling.yarn_ext_factor is {extension}; 1 is supported");
        var magnitude = metadata.PositiveFloat(prefix + "scaling.yarn_attn_factor") ?? RopeScaling.Yarn.Magnitude(factor, 1f);
        return new RopeScaling.Yarn(
            factor,
            original,
            (metadata.PositiveFloat(prefix + "scaling.attn_factor") ?? 1f) * magnitude,
            metadata.PositiveFloat(prefix + "scaling.yarn_beta_fast") ?? 32f,
            metadata.PositiveFloat(prefix + "scaling.yarn_beta_slow") ?? 1f,
            Truncate: true);
    }

    private static RopeScaling? WithFactors(GgufMetadata metadata, TensorTable table, RopeScaling? scaling, int rotaryDim)
    {
        foreach (var name in new[] { "rope_factors_long.weight", "rope_factors_short.weight" })
        {
            if (table.Contains(name))
                throw new ModelFormatException($"{metadata.File}: tensor '{name}' asks for LongRoPE, which is not supported");
        }

        if (!table.TryGet(FactorsTensor, out var stored))
            return scaling;
        var divisors = new float[rotaryDim / 2];
        if (stored.Info.Shape is not [var length] || length != divisors.Length)
            throw new ModelFormatException($"{metadata.File}: tensor '{FactorsTensor}' has shape [{string.Join(", ", stored.Info.Shape)}]; the rope needs [{divisors.Length}]");
        Dequantize.Row(stored.Type, stored.Memory.Slice(stored.Offset, checked((int)stored.Info.Bytes)), divisors);
        if (Array.Exists(divisors, divisor => !(divisor > 0) || !float.IsFinite(divisor)))
            throw new ModelFormatException($"{metadata.File}: tensor '{FactorsTensor}' holds a factor that is not above 0 and finite");
        var linear = scaling switch
        {
            null => 1f,
            RopeScaling.Linear given => given.Factor,
            _ => throw new ModelFormatException($"{metadata.File}: tensor '{FactorsTensor}' together with YaRN is not supported"),
        };
        return new RopeScaling.FrequencyFactors([.. divisors.Select(divisor => divisor * linear)]);
    }
}
