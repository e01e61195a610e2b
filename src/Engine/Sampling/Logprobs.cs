namespace MoE.Engine;

/// <summary>Log probabilities of raw logits: softmax before temperature and penalties.</summary>
internal static class Logprobs
{
    /// <summary>The <paramref name="count"/> most probable ids, best first, the lower id first on a tie.</summary>
    public static IReadOnlyList<TokenLogprob> Top(ReadOnlySpan<float> logits, double logSumExp, int count)
    {
        count = Math.Min(count, logits.Length);
        if (count <= 0)
            return [];
        var ids = LargestLogits.WorstFirst(logits, count);
        var top = new TokenLogprob[count];
        for (var i = 0; i < count; i++)
            top[i] = Of(logits, logSumExp, ids[count - 1 - i]);
        return top;
    }

    public static TokenLogprob Of(ReadOnlySpan<float> logits, double logSumExp, int id) => new(id, (float)(logits[id] - logSumExp));
}
