using System.Numerics.Tensors;
using MoE.Kernels;

namespace MoE.Engine;

/// <summary>
/// The tokens a draw is made from, and the scratch for it: a vocabulary's worth of memory that an engine's sequences share.
/// One thread at a time.
/// </summary>
/// <param name="vocabSize">Ids from 0 that may be chosen.</param>
internal sealed class Candidates(int vocabSize)
{
    private readonly float[] _logits = new float[vocabSize];
    private readonly float[] _weights = new float[vocabSize];
    private readonly float[] _sums = new float[(vocabSize + Softmax.PowerBlock - 1) / Softmax.PowerBlock];
    private readonly (int Id, float Logit, double Weight)[] _tokens = new (int, float, double)[vocabSize];

    /// <summary>Logits to adjust before a draw, [vocabSize].</summary>
    public Span<float> Logits => _logits;

    /// <summary>Draws a token from <see cref="Logits"/>.</summary>
    /// <param name="parameters">Temperature above 0, top-k, top-p, min-p.</param>
    /// <param name="draw">In [0, 1).</param>
    public int Draw(SamplingParams parameters, double draw)
    {
        if (parameters.TopK > 0 && parameters.TopK < vocabSize)
            return Narrow(parameters, TakeTopK(parameters.TopK, parameters.Temperature, out var topSum), topSum, draw);
        var best = TensorPrimitives.Max<float>(_logits);
        if (float.IsInfinity(best))
            return TensorPrimitives.IndexOfMax<float>(_logits);
        var sum = WeighAll(best, parameters.Temperature);
        if (parameters is { TopP: >= 1, MinP: <= 0 })
            return PickOfAll(draw * sum);
        return Narrow(parameters, TakeHeavy(parameters, sum), sum, draw);
    }

    private int Narrow(SamplingParams parameters, int count, double sum, double draw)
    {
        if (parameters.TopP < 1)
            count = KeepTopP(count, parameters.TopP, ref sum);
        if (parameters.MinP > 0)
            count = KeepHeavier(count, parameters.MinP, out sum);
        return Pick(count, draw * sum);
    }

    /// <summary>The k largest and their weights; their sum.</summary>
    private int TakeTopK(int k, float temperature, out double sum)
    {
        var ids = LargestLogits.WorstFirst(_logits, k);
        var best = (double)_logits[ids[^1]];
        sum = 0;
        for (var i = 0; i < k; i++)
        {
            var logit = _logits[ids[i]];
            var weight = logit == best ? 1 : Math.Exp((logit - best) / temperature);
            _tokens[i] = (ids[i], logit, weight);
            sum += weight;
        }

        return k;
    }

    /// <summary>exp((logit - largest) / temperature) of every token; returns their sum.</summary>
    private double WeighAll(float best, float temperature)
    {
        Softmax.Powers(_logits, best, Math.Min(1 / temperature, float.MaxValue), _weights, _sums);
        var sum = 0.0;
        foreach (var part in _sums)
            sum += part;
        return sum;
    }

    /// <summary>
    /// The tokens that top-p or min-p may keep. What is lighter than (1 - topP)·sum/count is not among the former, since all of it
    /// together weighs less than what may be left out: only the rest is sorted.
    /// </summary>
    private int TakeHeavy(SamplingParams parameters, double sum)
    {
        var least = parameters.TopP < 1 ? (1 - (double)parameters.TopP) * sum / vocabSize : parameters.MinP;
        var count = 0;
        for (var id = 0; id < vocabSize; id++)
        {
            if (_weights[id] >= least)
                _tokens[count++] = (id, _logits[id], _weights[id]);
        }

        return count;
    }

    /// <summary>The token at a point of the sum: first its part, then in it.</summary>
    private int PickOfAll(double target)
    {
        var part = 0;
        while (part + 1 < _sums.Length && target >= _sums[part])
            target -= _sums[part++];
        var last = -1;
        for (var id = part * Softmax.PowerBlock; id < Math.Min((part + 1) * Softmax.PowerBlock, vocabSize); id++)
        {
            if (_weights[id] == 0)
                continue;
            last = id;
            target -= _weights[id];
            if (target < 0)
                break;
        }

        // A part of which nothing can be drawn is reached by rounding alone.
        return last >= 0 ? last : TensorPrimitives.IndexOfMax<float>(_logits);
    }

    /// <summary>The fewest whose weights reach the share.</summary>
    private int KeepTopP(int count, float topP, ref double sum)
    {
        var wanted = topP * sum;
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
