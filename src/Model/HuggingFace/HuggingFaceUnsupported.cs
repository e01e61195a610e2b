using System.Text.Json;

namespace MoE.Model;

/// <summary>Fields whose values would change the arithmetic in ways that are not implemented; they are refused, never ignored.</summary>
internal static class HuggingFaceUnsupported
{
    private static readonly string[] s_mustBeOff =
    [
        "quantization_config", "mlp_bias", "attn_logit_softcapping", "final_logit_softcapping", "router_logit_softcapping",
        "num_nextn_predict_layers", "q_lora_rank", "kv_lora_rank", "first_k_dense_replace", "n_shared_experts", "use_bidirectional_attention",
    ];

    private static readonly string[] s_mustBeOne =
    [
        "partial_rotary_factor", "routed_scaling_factor", "n_group", "topk_group", "embedding_multiplier", "residual_multiplier",
        "attention_multiplier", "logits_scaling", "logit_scale",
    ];

    /// <exception cref="ModelFormatException">A field has a value that the decoder does not implement.</exception>
    public static void Check(JsonFields fields, HuggingFaceFamily family)
    {
        if (fields.String("hidden_act") is { } activation and not ("silu" or "swish"))
            throw new ModelFormatException($"{fields.File}: hidden_act is '{Names.Printable(activation)}'; silu is supported");
        foreach (var name in s_mustBeOff)
        {
            if (fields.Find(name) is { } value && !IsOff(value))
                throw new ModelFormatException($"{fields.File}: {name} is {JsonFields.Text(value)}; {family.ModelType} is not supported with it");
        }

        foreach (var name in s_mustBeOne)
        {
            if (fields.Float(name) is { } value and not 1f)
                throw new ModelFormatException($"{fields.File}: {name} is {value}; {family.ModelType} is supported with 1 only");
        }

        if (family.Family == ModelFamily.Mixtral && (fields.Bool("attention_bias") ?? false))
            throw new ModelFormatException($"{fields.File}: attention_bias is true; mixtral has no biases");
        if (fields.String("scoring_func") is { } scores and not "softmax")
            throw new ModelFormatException($"{fields.File}: scoring_func is '{Names.Printable(scores)}'; {family.ModelType} is supported with softmax");
    }

    private static bool IsOff(JsonElement value) =>
        value.ValueKind == JsonValueKind.False || (value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
}
