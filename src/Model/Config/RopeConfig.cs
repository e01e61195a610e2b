namespace MoE.Model;

/// <summary>Rotary position embedding as the file states it.</summary>
/// <param name="Theta">Base of the frequencies.</param>
/// <param name="RotaryDim">Leading dimensions of a head that rotate, even.</param>
/// <param name="Style">Which dimensions form a pair.</param>
/// <param name="Scaling">Context extension, or null.</param>
public sealed record RopeConfig(float Theta, int RotaryDim, RopeStyle Style, RopeScaling? Scaling)
{
    /// <summary>
    /// The context's length. Whoever switches YaRN on adds the scaling and leaves the declared length as it was, as the cards of Qwen's models
    /// say: what the scaling extends to counts then.
    /// </summary>
    /// <param name="declared">max_position_embeddings.</param>
    public int Positions(int declared) => Scaling is RopeScaling.Yarn yarn
        ? (int)Math.Clamp((double)yarn.Factor * yarn.OriginalMaxPositionEmbeddings, declared, int.MaxValue)
        : declared;
}

/// <summary>Which dimensions of a head rotate together.</summary>
public enum RopeStyle
{
    /// <summary>i with i + RotaryDim/2 (GPT-NeoX, Hugging Face's rotate_half).</summary>
    Half,

    /// <summary>2i with 2i + 1 (GGUF's <c>llama</c> architecture, whose converter permutes q and k).</summary>
    Interleaved,
}

/// <summary>Context extension of the frequencies; see transformers' modeling_rope_utils.py.</summary>
public abstract record RopeScaling
{
    private RopeScaling()
    {
    }

    /// <summary>Positions divided by the factor.</summary>
    public sealed record Linear(float Factor) : RopeScaling;

    /// <summary>Llama 3: long wavelengths divided by the factor, short ones kept, a smooth band between.</summary>
    public sealed record Llama3(float Factor, float LowFreqFactor, float HighFreqFactor, int OriginalMaxPositionEmbeddings) : RopeScaling;

    /// <summary>YaRN (arXiv 2309.00071). <paramref name="AttentionFactor"/> multiplies cos and sin.</summary>
    public sealed record Yarn(
        float Factor, int OriginalMaxPositionEmbeddings, float AttentionFactor, float BetaFast, float BetaSlow, bool Truncate) : RopeScaling
    {
        /// <summary>The paper's factor on cos and sin: <c>1 + 0.1 · scale · ln factor</c>.</summary>
        public static float Magnitude(float factor, float scale) => factor <= 1 ? 1f : (float)(0.1 * scale * Math.Log(factor) + 1.0);
    }

    /// <summary>Divisors of the frequencies that the file carries ready-made (GGUF's <c>rope_freqs.weight</c>), RotaryDim/2 of them.</summary>
    public sealed record FrequencyFactors(float[] Divisors) : RopeScaling;
}
