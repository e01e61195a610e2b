namespace MoE.Engine;

/// <summary>Log probabilities of raw logits: softmax before temperature and penalties.</summary>
internal static class Logprobs
{
    /// <summary>ln Σ exp over a row, in doubles.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var most = float.NegativeInfinity;
        foreach (var logit in logits)
            most = Math.Max(most, logit);
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - (double)most);
        return most + Math.Log(sum);
    }

    /// <summary>The <paramref name="count"/> most probable ids, best first, the lower id first on a tie.</summary>
    public static IReadOnlyList<TokenLogprob> Top(ReadOnlySpan<float> logits, double logSumExp, int count)
    {
        count = Math.Min(count, logits.Length);
        if (count <= 0)
            return [];
        var heap = new PriorityQueue<int, (float Logit, int MinusId)>(count);
        for (var id = 0; id < logits.Length; id++)
        {
            if (heap.Count < count)
                heap.Enqueue(id, (logits[id], -id));
            else if (logits[id] > logits[heap.Peek()])
                heap.EnqueueDequeue(id, (logits[id], -id));
        }

        var top = new TokenLogprob[count];
        for (var i = count - 1; i >= 0; i--)
        {
            var id = heap.Dequeue();
            top[i] = Of(logits, logSumExp, id);
        }

        return top;
    }

    public static TokenLogprob Of(ReadOnlySpan<float> logits, double logSumExp, int id) => new(id, (float)(logits[id] - logSumExp));
}
