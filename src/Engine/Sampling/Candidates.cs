namespace MoE.Engine;

/// <summary>
/// The tokens a draw is made from, and the scratch for it: a vocabulary's worth of memory that an engine's sequences share.
/// One thread at a time.
/// </summary>
/// <param name="vocabSize">Ids from 0 that may be chosen.</param>
internal sealed class Candidates(int vocabSize)
{
    private readonly float[] _logits = new float[vocabSize];
    private readonly (int Id, float Logit, double Weight)[] _tokens = new (int, float, double)[vocabSize];

    /// <summary>Logits to adjust before a draw, [vocabSize].</summary>
    public Span<float> Logits => _logits;

    /// <summary>Draws a token from <see cref="Logits"/>.</summary>
    /// <param name="parameters">Temperature above 0, top-k, top-p, min-p.</param>
    /// <param name="draw">In [0, 1).</param>
    public int Draw(SamplingParams parameters, double draw)
    {
        var count = parameters.TopK > 0 && parameters.TopK < vocabSize ? TakeTopK(parameters.TopK) : TakeAll();
        var sum = Weigh(count, parameters.Temperature);
        if (parameters.TopP < 1)
            count = KeepTopP(count, parameters.TopP, ref sum);
        if (parameters.MinP > 0)
            count = KeepMinP(count, parameters.MinP, ref sum);
        return Pick(count, draw * sum);
    }

    private int TakeAll()
    {
        for (var id = 0; id < vocabSize; id++)
            _tokens[id] = (id, _logits[id], 0);
        return vocabSize;
    }

    private int TakeTopK(int k)
    {
        var ids = LargestLogits.WorstFirst(_logits, k);
        for (var i = 0; i < k; i++)
            _tokens[i] = (ids[i], _logits[ids[i]], 0);
        return k;
    }

    /// <summary>exp((logit - largest) / temperature) for each; returns their sum.</summary>
    private double Weigh(int count, float temperature)
    {
        var best = float.NegativeInfinity;
        foreach (var token in _tokens.AsSpan(0, count))
            best = Math.Max(best, token.Logit);
        var sum = 0.0;
        foreach (ref var token in _tokens.AsSpan(0, count))
        {
            token.Weight = token.Logit == best ? 1 : Math.Exp((token.Logit - (double)best) / temperature);
            sum += token.Weight;
        }

        return sum;
    }

    /// <summary>
    /// The fewest whose weights reach the share. What is lighter than (1 - topP)·sum/count cannot be among them, since all of it
    /// together weighs less than what may be left out: only the rest is sorted.
    /// </summary>
    private int KeepTopP(int count, float topP, ref double sum)
    {
        var wanted = topP * sum;
        count = KeepHeavier(count, (1 - (double)topP) * sum / count, out _);
        _tokens.AsSpan(0, count).Sort(static (left, right) =>
            left.Logit != right.Logit ? right.Logit.CompareTo(left.Logit) : left.Id.CompareTo(right.Id));
        sum = 0;
        for (var i = 0; i < count; i++)
        {
            sum += _tokens[i].Weight;
            if (sum >= wanted)
                return i + 1;
        }

        return count;
    }

    private int KeepMinP(int count, float minP, ref double sum) => KeepHeavier(count, minP, out sum);

    /// <summary>Keeps, in order, what weighs at least <paramref name="least"/>.</summary>
    private int KeepHeavier(int count, double least, out double sum)
    {
        var kept = 0;
        sum = 0;
        for (var i = 0; i < count; i++)
        {
            if (_tokens[i].Weight < least)
                continue;
            sum += _tokens[i].Weight;
            _tokens[kept++] = _tokens[i];
        }

        return kept;
    }

    private int Pick(int count, double target)
    {
        var last = 0;
        for (var i = 0; i < count; i++)
        {
            if (_tokens[i].Weight == 0)
                continue;
            last = i;
            target -= _tokens[i].Weight;
            if (target < 0)
                break;
        }

        return _tokens[last].Id;
    }
}
