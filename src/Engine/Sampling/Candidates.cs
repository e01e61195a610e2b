namespace MoE.Engine;

/// <summary>The tokens a draw is made from. Scratch of one sampler; one thread at a time.</summary>
/// <param name="vocabSize">Logits of a row.</param>
internal sealed class Candidates(int vocabSize)
{
    private readonly int[] _ids = new int[vocabSize];
    private readonly float[] _keys = new float[vocabSize];
    private readonly double[] _weights = new double[vocabSize];
    private readonly (float Logit, int Id)[] _order = new (float, int)[vocabSize];

    /// <summary>Draws a token.</summary>
    /// <param name="logits">[V], adjusted, before temperature.</param>
    /// <param name="parameters">Temperature above 0, top-k, top-p, min-p.</param>
    /// <param name="draw">In [0, 1).</param>
    public int Draw(ReadOnlySpan<float> logits, SamplingParams parameters, double draw)
    {
        var count = Order(logits, parameters);
        var best = (double)_keys.AsSpan(0, count)[IndexOfLargest(count)];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            _weights[i] = _keys[i] == best ? 1 : Math.Exp((_keys[i] - best) / parameters.Temperature);
            sum += _weights[i];
        }

        count = KeepTopP(count, parameters.TopP, ref sum);
        count = KeepMinP(count, parameters.MinP, ref sum);
        return Pick(count, draw * sum);
    }

    /// <summary>
    /// Best first with the lower id first on a tie where a cut needs the order, by id otherwise. Returns how many are left after
    /// top-k.
    /// </summary>
    private int Order(ReadOnlySpan<float> logits, SamplingParams parameters)
    {
        var all = logits.Length;
        for (var id = 0; id < all; id++)
            _ids[id] = id;
        if (parameters.TopK > 0 && parameters.TopK < all)
        {
            TopK(logits, parameters.TopK);
            all = parameters.TopK;
        }
        else
        {
            logits.CopyTo(_keys);
            if (parameters.TopP >= 1 && parameters.MinP <= 0)
                return all;
        }

        Sort(all);
        return all;
    }

    /// <summary>The K best by a heap whose root is the worst of them.</summary>
    private void TopK(ReadOnlySpan<float> logits, int k)
    {
        var heap = new PriorityQueue<int, (float Logit, int MinusId)>(k);
        for (var id = 0; id < logits.Length; id++)
        {
            if (heap.Count < k)
                heap.Enqueue(id, (logits[id], -id));
            else if (logits[id] > logits[heap.Peek()])
                heap.EnqueueDequeue(id, (logits[id], -id));
        }

        for (var i = 0; i < k; i++)
        {
            _ids[i] = heap.Dequeue();
            _keys[i] = logits[_ids[i]];
        }
    }

    private void Sort(int count)
    {
        for (var i = 0; i < count; i++)
            _order[i] = (_keys[i], _ids[i]);
        _order.AsSpan(0, count).Sort(static (left, right) =>
            left.Logit != right.Logit ? right.Logit.CompareTo(left.Logit) : left.Id.CompareTo(right.Id));
        for (var i = 0; i < count; i++)
            (_keys[i], _ids[i]) = _order[i];
    }

    private int IndexOfLargest(int count)
    {
        var best = 0;
        for (var i = 1; i < count; i++)
        {
            if (_keys[i] > _keys[best])
                best = i;
        }

        return best;
    }

    private int KeepTopP(int count, float topP, ref double sum)
    {
        if (topP >= 1)
            return count;
        var wanted = topP * sum;
        var kept = 0.0;
        for (var i = 0; i < count; i++)
        {
            kept += _weights[i];
            if (kept < wanted)
                continue;
            sum = kept;
            return i + 1;
        }

        return count;
    }

    private int KeepMinP(int count, float minP, ref double sum)
    {
        if (minP <= 0)
            return count;
        var kept = 0.0;
        for (var i = 0; i < count; i++)
        {
            if (_weights[i] < minP)
            {
                sum = kept;
                return i;
            }

            kept += _weights[i];
        }

        sum = kept;
        return count;
    }

    private int Pick(int count, double target)
    {
        var last = 0;
        for (var i = 0; i < count; i++)
        {
            if (_weights[i] == 0)
                continue;
            last = i;
            target -= _weights[i];
            if (target < 0)
                break;
        }

        return _ids[last];
    }
}
