using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.PreTokenizers;

/// <summary>
/// Splits before every mark that follows another character. SentencePiece's models merge a whole text at once; where no token
/// has a mark after another character no merge goes across such a place, and word by word gives the same ids in less time and memory.
/// </summary>
internal sealed class SeamPreTokenizer : IPreTokenizer
{
    private const char Mark = '\u2581';

    private SeamPreTokenizer()
    {
    }

    /// <returns>The pre-tokenizer, followed by splits at the seams if the vocabulary has any.</returns>
    public static IPreTokenizer After(IPreTokenizer preTokenizer, Vocabulary vocabulary, bool ignoreMerges)
    {
        // A mark that is no token could be one of a run of unknown characters; a piece that is a token as a whole must stay whole.
        var hasSeams = !ignoreMerges && vocabulary.TryGetId([Mark], out _) && !vocabulary.Ids.Keys.Any(token => SeamIn(token) >= 0);
        return hasSeams ? new SequencePreTokenizer([preTokenizer, new SeamPreTokenizer()]) : preTokenizer;
    }

    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces)
    {
        foreach (var piece in pieces)
        {
            var start = 0;
            while (SeamIn(piece.Text.Span[start..]) is >= 0 and var seam)
            {
                yield return piece.Slice(start, start + seam);
                start += seam;
            }

            yield return piece.Slice(start, piece.Text.Length);
        }
    }

    /// <summary>Where the first mark stands that follows another character, or -1.</summary>
    private static int SeamIn(ReadOnlySpan<char> text)
    {
        var other = text.IndexOfAnyExcept(Mark);
        var seam = other < 0 ? -1 : text[other..].IndexOf(Mark);
        return seam < 0 ? -1 : other + seam;
    }
}
