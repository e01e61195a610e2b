using System.Globalization;

namespace MoE.Model;

/// <summary>Keys whose values would change the arithmetic in ways that are not implemented; they are refused, never ignored.</summary>
internal static class GgufUnsupported
{
    /// <summary>Keys with the values that change nothing.</summary>
    private static readonly (string Name, float[] Neutral)[] s_numbers =
    [
        ("logit_scale", [0, 1]),
        ("embedding_scale", [0, 1]),
        ("residual_scale", [0, 1]),
        ("attn_logit_softcapping", [0]),
        ("final_logit_softcapping", [0]),
        ("router_logit_softcapping", [0]),
        ("attention.max_alibi_bias", [0]),
        ("attention.temperature_length", [0]),
        ("attention.temperature_scale", [0]),
        ("attention.output_scale", [0, 1]),
        ("attention.q_lora_rank", [0]),
        ("attention.kv_lora_rank", [0]),
        ("attention.sliding_window_pattern", [0, 1]),
        ("expert_group_count", [0, 1]),
        ("expert_group_used_count", [0, 1]),
        ("expert_group_scale", [0, 1]),
        ("interleave_moe_layer_step", [0, 1]),
        ("moe_every_n_layers", [0, 1]),
        ("nextn_predict_layers", [0]),
        ("expert_chunk_feed_forward_length", [0]),
        ("attention.value_scale", [0, 1]),
        ("attention.shared_kv_layers", [0]),
        ("attention.indexer.top_k", [0]),
        ("rope.scaling.alpha", [0]),
        ("rope.scaling.yarn_log_multiplier", [0]),
        ("swiglu_clamp_exp", [0]),
        ("swiglu_clamp_shexp", [0]),
        ("full_attention_interval", [0, 1]),
        ("num_loops", [0, 1]),
    ];

    /// <exception cref="ModelFormatException">A key has a value that the decoder does not implement.</exception>
    public static void Check(GgufMetadata metadata, string architecture)
    {
        foreach (var (name, neutral) in s_numbers)
        {
            var key = $"{architecture}.{name}";
            if (metadata.Raw(key) is Array)
                throw new ModelFormatException($"{metadata.File}: {key} is an array; {architecture} is not supported with it");
            if (metadata.Float(key) is { } value && !neutral.Contains(value))
                throw new ModelFormatException($"{metadata.File}: {key} is {value.ToString(CultureInfo.InvariantCulture)}; {architecture} is supported with {neutral[^1]} only");
        }

        CheckAttentionScale(metadata, architecture);
        Refuse(metadata, $"{architecture}.attention.causal", false);
        Refuse(metadata, $"{architecture}.use_parallel_residual", true);
        if (metadata.Has("adapter.type"))
            throw new ModelFormatException($"{metadata.File}: adapter.type is present; the file is an adapter, not a model");
    }

    private static void CheckAttentionScale(GgufMetadata metadata, string architecture)
    {
        var key = $"{architecture}.attention.scale";
        if (metadata.Float(key) is { } scale and not 0)
            throw new ModelFormatException($"{metadata.File}: {key} is {scale.ToString(CultureInfo.InvariantCulture)}; only the head width's own scale is supported");
    }

    private static void Refuse(GgufMetadata metadata, string key, bool refused)
    {
        if (metadata.Bool(key) == refused)
            throw new ModelFormatException($"{metadata.File}: {key} is {(refused ? "true" : "false")}, which is not supported");
    }
}
