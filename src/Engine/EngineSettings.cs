namespace MoE.Engine;

/// <summary>Bounds of an engine: the <c>moe.engine.*</c> keys, each checked where it is read.</summary>
/// <param name="MaxModelLength">Most positions of a sequence; 0 takes the model's own. Never more than the cache holds.</param>
/// <param name="MaxSequences">Sequences that run at once, at least 1.</param>
/// <param name="MaxWaiting">Sequences that may wait, at least 0.</param>
/// <param name="MaxBatchTokens">Tokens of one forward pass, at least <paramref name="MaxSequences"/>: every running sequence can take its step.</param>
/// <param name="PrefixCache">Whether sequences begin with what the cache still holds of the same tokens.</param>
public sealed record EngineSettings(int MaxModelLength, int MaxSequences, int MaxWaiting, int MaxBatchTokens, bool PrefixCache = true)
{
    /// <summary>Tokens of prompts in a forward pass that other sequences generate in, at least 1: each of them waits for these.</summary>
    public int MaxPrefillTokensWhileDecoding { get; init; } = int.MaxValue;
}
