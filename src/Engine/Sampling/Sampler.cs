using System.Numerics.Tensors;

namespace MoE.Engine;

/// <summary>
/// Chooses one sequence's tokens. Order: repetition, frequency and presence penalty, logit bias, end tokens held back, then
/// greedy, or temperature, top-k, top-p, min-p and the draw. A pure function of the request, the logits and the tokens so far.
/// </summary>
internal sealed class Sampler
{
    private readonly SamplingParams _params;
    private readonly long _seed;
    private readonly int[] _endTokens;
    private readonly TokenCounts _counts;
    private readonly Candidates _candidates;
    private int _chosen;

    /// <param name="parameters">How to choose.</param>
    /// <param name="seed">The request's, or a drawn one.</param>
    /// <param name="prompt">Ids before the output.</param>
    /// <param name="endTokens">Ids that end the sequence; held back until MinTokens.</param>
    /// <param name="candidates">Scratch, shared with other samplers of the same thread.</param>
    public Sampler(SamplingParams parameters, long seed, ReadOnlySpan<int> prompt, IEnumerable<int> endTokens, Candidates candidates)
    {
        _params = parameters;
        _seed = seed;
        _endTokens = [.. endTokens.Where(id => id >= 0 && id < candidates.Logits.Length)];
        _counts = new TokenCounts(prompt);
        _candidates = candidates;
    }

    /// <summary>Chooses the next token and counts it.</summary>
    /// <param name="logits">[V], as the model made them; not changed.</param>
    /// <exception cref="EngineException">A logit is NaN.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        var adjusted = _candidates.Logits;
        logits[..adjusted.Length].CopyTo(adjusted);

        // The largest of a row with a NaN is NaN.
        if (float.IsNaN(TensorPrimitives.Max(adjusted)))
            throw new EngineException(EngineError.Internal, "the model's logits are not numbers (NaN); its weights are damaged or its arithmetic overflowed");

        Penalize(adjusted);
        Bias(adjusted);
        if (_chosen < _params.MinTokens)
        {
            foreach (var id in _endTokens)
                adjusted[id] = float.NegativeInfinity;
        }

        var chosen = _params.Temperature == 0
            ? TensorPrimitives.IndexOfMax(adjusted)
            : _candidates.Draw(_params, CounterRandom.Next(_seed, _chosen));
        _chosen++;
        _counts.Add(chosen);
        return chosen;
    }

    private void Penalize(Span<float> logits)
    {
        if (_params.RepetitionPenalty != 1)
        {
            foreach (var id in _counts.Seen)
            {
                if (id < logits.Length)
                    logits[id] = logits[id] > 0 ? logits[id] / _params.RepetitionPenalty : logits[id] * _params.RepetitionPenalty;
            }
        }

        if (_params.FrequencyPenalty == 0 && _params.PresencePenalty == 0)
            return;
        foreach (var (id, count) in _counts.Output)
            logits[id] -= _params.FrequencyPenalty * count + _params.PresencePenalty;
    }

    private void Bias(Span<float> logits)
    {
        if (_params.LogitBias is null)
            return;
        foreach (var (id, bias) in _params.LogitBias)
        {
            if (id >= 0 && id < logits.Length)
                logits[id] += bias;
        }
    }
}
