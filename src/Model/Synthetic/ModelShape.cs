namespace MoE.Model;

/// <summary>The shape of a published model, from its config.json: what speed and memory depend on.</summary>
/// <param name="Name">What people type.</param>
/// <param name="Architecture">llama.cpp's name of the architecture.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Hidden">hidden_size.</param>
/// <param name="Heads">num_attention_heads.</param>
/// <param name="KeyValueHeads">num_key_value_heads.</param>
/// <param name="HeadDim">head_dim.</param>
/// <param name="Experts">num_experts.</param>
/// <param name="TopK">num_experts_per_tok.</param>
/// <param name="Intermediate">moe_intermediate_size.</param>
/// <param name="SharedIntermediate">shared_expert_intermediate_size, or 0.</param>
/// <param name="Vocabulary">vocab_size.</param>
/// <param name="Positions">max_position_embeddings.</param>
/// <param name="RopeTheta">rope_theta.</param>
/// <param name="RmsNormEps">rms_norm_eps.</param>
public sealed record ModelShape(
    string Name, string Architecture, int Layers, int Hidden, int Heads, int KeyValueHeads, int HeadDim, int Experts, int TopK,
    int Intermediate, int SharedIntermediate, int Vocabulary, int Positions, float RopeTheta, float RmsNormEps)
{
    /// <summary>The shapes that can be asked for by name.</summary>
    public static IReadOnlyList<ModelShape> Known { get; } =
    [
        new("olmoe-1b-7b", "olmoe", 16, 2048, 16, 16, 128, 64, 8, 1024, 0, 50_304, 4096, 1e4f, 1e-5f),
        new("qwen3-30b-a3b", "qwen3moe", 48, 2048, 32, 4, 128, 128, 8, 768, 0, 151_936, 40_960, 1e6f, 1e-6f),
        new("qwen3-235b-a22b", "qwen3moe", 94, 4096, 64, 4, 128, 128, 8, 1536, 0, 151_936, 40_960, 1e6f, 1e-6f),
        new("qwen1.5-moe-a2.7b", "qwen2moe", 24, 2048, 16, 16, 128, 60, 4, 1408, 5632, 151_936, 8192, 1e6f, 1e-6f),
        new("mixtral-8x7b", "llama", 32, 4096, 32, 8, 128, 8, 2, 14_336, 0, 32_000, 32_768, 1e6f, 1e-5f),
        new("mixtral-8x22b", "llama", 56, 6144, 48, 8, 128, 8, 2, 16_384, 0, 32_768, 65_536, 1e6f, 1e-5f),
        new("tiny", "qwen3moe", 2, 256, 4, 2, 64, 8, 2, 256, 0, 512, 512, 1e4f, 1e-6f),
    ];
}
