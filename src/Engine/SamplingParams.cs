namespace MoE.Engine;

/// <summary>How the next token is chosen and when a sequence ends. Names are vLLM's; ranges are checked where they enter.</summary>
public sealed record SamplingParams
{
    /// <summary>0 is greedy: the largest logit, the lower id on a tie.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Keep the K most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the fewest tokens whose probabilities reach this sum; 1 keeps all.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Drop tokens less probable than this share of the best; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Same seed, same text. Null draws one.</summary>
    public long? Seed { get; init; }

    /// <summary>Positive logits of tokens seen (prompt included) are divided by this, negative ones multiplied; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Subtracted once per earlier occurrence in the output.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once if the token occurs in the output.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to logits by token id.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Most tokens to generate, at least 1.</summary>
    public int MaxTokens { get; init; } = 16;

    /// <summary>Fewest tokens before an end token may be chosen.</summary>
    public int MinTokens { get; init; }

    /// <summary>Go on past the model's end tokens.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Further ids that end the sequence.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Report this many most probable tokens per position besides the chosen one; null reports nothing.</summary>
    public int? Logprobs { get; init; }

    /// <summary>As <see cref="Logprobs"/>, for the prompt's own tokens.</summary>
    public int? PromptLogprobs { get; init; }
}
