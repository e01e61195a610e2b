using System.Text;
using System.Text.Json.Nodes;

namespace MoE.Model.Tests;

/// <summary>A small Qwen3-MoE directory, whose every part a test can change before it is written.</summary>
internal sealed class TinySafetensors
{
    private readonly List<(string Name, long[] Shape)> _tensors = [];

    public JsonObject Config { get; } = new()
    {
        ["model_type"] = "qwen3_moe",
        ["architectures"] = new JsonArray("Qwen3MoeForCausalLM"),
        ["vocab_size"] = 8,
        ["hidden_size"] = 32,
        ["intermediate_size"] = 48,
        ["moe_intermediate_size"] = 16,
        ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 4,
        ["num_key_value_heads"] = 2,
        ["head_dim"] = 8,
        ["num_experts"] = 3,
        ["num_experts_per_tok"] = 2,
        ["max_position_embeddings"] = 64,
        ["rms_norm_eps"] = 1e-6,
        ["rope_theta"] = 10_000.0,
        ["tie_word_embeddings"] = true,
        ["norm_topk_prob"] = true,
        ["hidden_act"] = "silu",
        ["eos_token_id"] = 7,
    };

    /// <summary>The header, which a test may change before <see cref="Bytes"/>.</summary>
    public JsonObject Header { get; } = [];

    /// <summary>Instead of the header's own length.</summary>
    public ulong? HeaderLength { get; set; }

    public static TinySafetensors Create(bool fused = false)
    {
        var model = new TinySafetensors();
        model.Add("model.embed_tokens.weight", 8, 32);
        model.Add("model.norm.weight", 32);
        for (var layer = 0; layer < 2; layer++)
        {
            var p = $"model.layers.{layer}.";
            model.Add(p + "input_layernorm.weight", 32);
            model.Add(p + "post_attention_layernorm.weight", 32);
            model.Add(p + "self_attn.q_proj.weight", 32, 32);
            model.Add(p + "self_attn.k_proj.weight", 16, 32);
            model.Add(p + "self_attn.v_proj.weight", 16, 32);
            model.Add(p + "self_attn.o_proj.weight", 32, 32);
            model.Add(p + "self_attn.q_norm.weight", 8);
            model.Add(p + "self_attn.k_norm.weight", 8);
            model.Add(p + "mlp.gate.weight", 3, 32);
            if (fused)
            {
                model.Add(p + "mlp.experts.gate_up_proj", 3, 32, 32);
                model.Add(p + "mlp.experts.down_proj", 3, 32, 16);
                continue;
            }

            for (var expert = 0; expert < 3; expert++)
            {
                model.Add($"{p}mlp.experts.{expert}.gate_proj.weight", 16, 32);
                model.Add($"{p}mlp.experts.{expert}.up_proj.weight", 16, 32);
                model.Add($"{p}mlp.experts.{expert}.down_proj.weight", 32, 16);
            }
        }

        return model;
    }

    public void Add(string name, params long[] shape)
    {
        var start = _tensors.Sum(Size);
        _tensors.Add((name, shape));
        Header[name] = new JsonObject
        {
            ["dtype"] = "F32",
            ["shape"] = new JsonArray([.. shape.Select(length => (JsonNode)length)]),
            ["data_offsets"] = new JsonArray(start, start + Size((name, shape))),
        };
    }

    public byte[] Bytes(byte[]? header = null)
    {
        header ??= Encoding.UTF8.GetBytes(Header.ToJsonString());
        var data = new float[_tensors.Sum(Size) / sizeof(float)];
        for (var i = 0; i < data.Length; i++)
            data[i] = (i % 23 - 11) * 0.03f;
        return
        [
            .. BitConverter.GetBytes(HeaderLength ?? (ulong)header.Length),
            .. header,
            .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(data.AsSpan()),
        ];
    }

    public string WriteTo(ModelFolder folder, byte[]? header = null)
    {
        folder.Write("config.json", Encoding.UTF8.GetBytes(Config.ToJsonString()));
        folder.Write("model.safetensors", Bytes(header));
        return folder.Path;
    }

    private static long Size((string Name, long[] Shape) tensor) => tensor.Shape.Aggregate(4L, (a, b) => a * b);
}
