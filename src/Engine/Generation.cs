namespace MoE.Engine;

/// <summary>One sequence to generate.</summary>
/// <param name="RequestId">Unique name, for logs.</param>
/// <param name="PromptIds">At least one id, all inside the vocabulary.</param>
/// <param name="Sampling">How to choose.</param>
public sealed record GenerationRequest(string RequestId, int[] PromptIds, SamplingParams Sampling);

/// <summary>One generated token.</summary>
/// <param name="TokenId">The chosen id.</param>
/// <param name="Logprob">Its natural log probability before temperature and penalties, or null where not asked for.</param>
/// <param name="TopLogprobs">The most probable ids, best first, or null where not asked for.</param>
/// <param name="FinishReason">Set on the last token.</param>
public sealed record GeneratedToken(int TokenId, float? Logprob, IReadOnlyList<TokenLogprob>? TopLogprobs, FinishReason? FinishReason)
{
    /// <summary>On the first token where <see cref="SamplingParams.PromptLogprobs"/> was set: one entry per prompt position, the first null.</summary>
    public IReadOnlyList<PromptLogprob?>? PromptLogprobs { get; init; }

    /// <summary>Tokens of the prompt that the cache still held.</summary>
    public int CachedTokens { get; init; }
}

/// <summary>An id and its natural log probability.</summary>
public readonly record struct TokenLogprob(int TokenId, float Logprob);

/// <summary>A prompt position: its own token's log probability and the most probable ids there.</summary>
public sealed record PromptLogprob(TokenLogprob Token, IReadOnlyList<TokenLogprob> Top);

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>An end token (the token is the last one reported) or a stop string.</summary>
    Stop,

    /// <summary>max_tokens or the context's end.</summary>
    Length,
}
