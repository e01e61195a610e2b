namespace MoE.Gating;

/// <summary>What a family's router does with its logits; every field is read from the model's file.</summary>
/// <param name="NumExperts">Experts per MoE layer (E).</param>
/// <param name="TopK">Experts per token (K), 1..E: Hugging Face's num_experts_per_tok.</param>
/// <param name="ScoreFunction">Logits to scores.</param>
/// <param name="NormTopkProb">Whether the chosen weights are divided by their sum.</param>
/// <param name="RoutedScalingFactor">Factor on the weights; 1 where the family has none.</param>
public sealed record RouterConfig(
    int NumExperts,
    int TopK,
    ScoreFunction ScoreFunction,
    bool NormTopkProb,
    float RoutedScalingFactor = 1f);
