using System.Text;

namespace MoE.Tokenization;

/// <summary>Text to ids and back, as the model's files define it. Thread-safe.</summary>
public abstract class Tokenizer
{
    private readonly Lazy<int> _longestToken;

    protected Tokenizer() => _longestToken = new Lazy<int>(FindLongestToken);

    /// <summary>Most bytes of text that one id stands for.</summary>
    public int LongestToken => _longestToken.Value;

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabSize { get; }

    public abstract int? BosTokenId { get; }

    public abstract int? EosTokenId { get; }

    /// <summary>Text to ids.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD.</param>
    /// <param name="addSpecial">Whether the post-processor's tokens (a leading BOS, say) are added.</param>
    /// <param name="parseSpecial">Whether the text of special tokens becomes those tokens; false for text that a user wrote.</param>
    /// <param name="maxTokens">Where to stop: a text of more ids gives more than these, but not all of them.</param>
    public abstract int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true, int maxTokens = int.MaxValue);

    /// <summary>Ids to text; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false);

    /// <summary>The bytes that one id stands for inside a text (no leading-space rules), as the logprobs' <c>bytes</c> need them.</summary>
    public abstract ReadOnlyMemory<byte> TokenBytes(int id);

    /// <summary>The token as the vocabulary spells it.</summary>
    public abstract string TokenText(int id);

    public abstract bool IsSpecial(int id);

    /// <summary>A decoder for one stream of ids that never emits half a character; the pieces joined equal <see cref="Decode"/>.</summary>
    public abstract StreamDecoder CreateStreamDecoder(bool skipSpecial = true);

    private int FindLongestToken()
    {
        var longest = 1;
        for (var id = 0; id < VocabSize; id++)
            longest = Math.Max(longest, Math.Max(TokenBytes(id).Length, Encoding.UTF8.GetByteCount(TokenText(id))));
        return longest;
    }
}
