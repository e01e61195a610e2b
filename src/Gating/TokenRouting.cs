namespace MoE.Gating;

/// <summary>Where each token of a batch goes: <c>topk experts [T, K]</c> and <c>weights [T, K]</c> in top-k slot order.</summary>
public sealed class TokenRouting
{
    /// <param name="tokens">T.</param>
    /// <param name="topK">K.</param>
    public TokenRouting(int tokens, int topK)
    {
        Tokens = tokens;
        TopK = topK;
        TopkExperts = new int[tokens * topK];
        TopkWeights = new float[tokens * topK];
    }

    public int Tokens { get; }

    public int TopK { get; }

    /// <summary>[T, K], row-major; slot 0 is the best expert.</summary>
    public int[] TopkExperts { get; }

    /// <summary>[T, K], row-major, beside <see cref="TopkExperts"/>.</summary>
    public float[] TopkWeights { get; }

    /// <summary>Every expert's score, [T, E], row-major, for whoever looks on; empty where nobody kept them.</summary>
    public ReadOnlyMemory<float> Scores { get; set; }

    /// <summary>The same decision in memory of its own, for whoever keeps it longer than it was lent.</summary>
    public TokenRouting Copy()
    {
        var copy = new TokenRouting(Tokens, TopK) { Scores = Scores.ToArray() };
        TopkExperts.CopyTo(copy.TopkExperts, 0);
        TopkWeights.CopyTo(copy.TopkWeights, 0);
        return copy;
    }
}
