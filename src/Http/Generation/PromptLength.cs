using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Generation;

/// <summary>Refuses text that no tokenizer could fit into the context before it is encoded, which takes time and memory in proportion to it.</summary>
internal static class PromptLength
{
    /// <summary>How many characters may become one: a normalizer composes accents with their letter.</summary>
    private const int MostComposed = 4;

    /// <param name="characters">Of the text.</param>
    /// <param name="field">The field that it came from, for errors.</param>
    /// <param name="engine">The engine.</param>
    /// <exception cref="ApiException">The text is longer than the context times the longest token, by more than a normalizer could shorten it.</exception>
    public static void Check(long characters, string field, IEngine engine)
    {
        // A token has a character at least; to look for the longest one takes a while, once.
        if (characters > engine.MaxModelLength && characters > MostComposed * (long)engine.MaxModelLength * engine.Tokenizer.LongestToken)
            throw ApiException.ContextExceeded(field, promptTokens: null, engine.MaxModelLength);
    }
}
