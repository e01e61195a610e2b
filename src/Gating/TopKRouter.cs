using MoE.Kernels;

namespace MoE.Gating;

/// <summary>
/// Decides: router logits to the experts of each token and their weights (transformers,
/// <c>models/{olmoe,mixtral,qwen2_moe,qwen3_moe}/modeling_*.py</c>, the router or sparse block). Pure.
/// </summary>
public sealed class TopKRouter
{
    private readonly RouterConfig _config;

    /// <exception cref="ArgumentException">TopK is not in 1..NumExperts.</exception>
    public TopKRouter(RouterConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.TopK < 1 || config.TopK > config.NumExperts)
            throw new ArgumentException($"top-k {config.TopK} is not in 1..{config.NumExperts}, the number of experts", nameof(config));
        if (config.ScoreFunction != ScoreFunction.Softmax)
            throw new ArgumentException($"score function {config.ScoreFunction} is not implemented", nameof(config));
        _config = config;
    }

    public RouterConfig Config => _config;

    /// <summary>Routes each token by itself, so a token's experts and weights do not depend on its batch.</summary>
    /// <param name="logits">[T, E], row-major; overwritten with the scores.</param>
    /// <param name="routing">T tokens of K slots; filled. Equal scores go to the lower expert first.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void Route(Span<float> logits, TokenRouting routing)
    {
        ArgumentNullException.ThrowIfNull(routing);
        var experts = _config.NumExperts;
        var topK = _config.TopK;
        if (routing.TopK != topK || logits.Length != routing.Tokens * experts)
        {
            throw new ArgumentException(
                $"{logits.Length} logits and {routing.TopK} slots for {routing.Tokens} tokens, {experts} experts and top-k {topK}", nameof(logits));
        }

        for (var token = 0; token < routing.Tokens; token++)
        {
            var scores = logits.Slice(token * experts, experts);
            var chosen = routing.TopkExperts.AsSpan(token * topK, topK);
            var weights = routing.TopkWeights.AsSpan(token * topK, topK);
            Softmax.InPlace(scores);
            SelectTopK(scores, chosen);
            for (var slot = 0; slot < topK; slot++)
                weights[slot] = scores[chosen[slot]];
            Scale(weights);
        }
    }

    /// <summary>Insertion into a sorted prefix: E·K at worst, and for real models most experts fail the first comparison.</summary>
    private static void SelectTopK(ReadOnlySpan<float> scores, Span<int> chosen)
    {
        var filled = 0;
        for (var expert = 0; expert < scores.Length; expert++)
        {
            var score = scores[expert];
            if (filled == chosen.Length && !(score > scores[chosen[filled - 1]]))
                continue;
            var slot = filled < chosen.Length ? filled++ : filled - 1;
            for (; slot > 0 && score > scores[chosen[slot - 1]]; slot--)
                chosen[slot] = chosen[slot - 1];
            chosen[slot] = expert;
        }
    }

    private void Scale(Span<float> weights)
    {
        if (_config.NormTopkProb)
        {
            var sum = 0f;
            foreach (var weight in weights)
                sum += weight;
            foreach (ref var weight in weights)
                weight /= sum;
        }

        if (_config.RoutedScalingFactor != 1f)
        {
            foreach (ref var weight in weights)
                weight *= _config.RoutedScalingFactor;
        }
    }
}
