namespace MoE.Gating;

/// <summary>How router logits become scores.</summary>
public enum ScoreFunction
{
    /// <summary>Softmax over all experts in fp32, before the selection.</summary>
    Softmax = 1,
}
