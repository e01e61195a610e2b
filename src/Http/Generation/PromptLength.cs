using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Generation;

/// <summary>Refuses text that cannot fit into the context before it is encoded, or early while it is: that takes time and memory in proportion to the text.</summary>
internal static class PromptLength
{
    /// <summary>How many characters may become one: a normalizer composes accents with their letter.</summary>
    private const int MostComposed = 4;

    /// <summary>A prompt of up to so many contexts is encoded to its end: its client learns how many tokens it has.</summary>
    private const int MostCounted = 4;

    /// <summary>Encodes a text that may be too long.</summary>
    /// <param name="characters">Of the text.</param>
    /// <param name="field">The field that it came from, for errors.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="encode">Encodes it, as far as to more tokens than it is given.</param>
    /// <exception cref="ApiException">The text is many times too long.</exception>
    public static int[] Encode(long characters, string field, IEngine engine, Func<int, int[]> encode)
    {
        Check(characters, field, engine);
        var maxTokens = (int)Math.Min(int.MaxValue, MostCounted * (long)engine.MaxModelLength);
        var ids = encode(maxTokens);
        return ids.Length <= maxTokens ? ids : throw ApiException.ContextExceeded(field, promptTokens: null, engine.MaxModelLength);
    }

    /// <param name="characters">Of the text.</param>
    /// <param name="field">The field that it came from, for errors.</param>
    /// <param name="engine">The engine.</param>
    /// <exception cref="ApiException">The text is longer than the context times the longest token, by more than a normalizer could shorten it.</exception>
    private static void Check(long characters, string field, IEngine engine)
    {
        // A token has a character at least; to look for the longest one takes a while, once.
        if (characters > engine.MaxModelLength && characters > MostComposed * (long)engine.MaxModelLength * engine.Tokenizer.LongestToken)
            throw ApiException.ContextExceeded(field, promptTokens: null, engine.MaxModelLength);
    }
}
