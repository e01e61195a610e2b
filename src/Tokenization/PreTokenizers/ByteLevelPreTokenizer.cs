using System.Text;
using MoE.Tokenization.Bpe;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.PreTokenizers;

/// <summary>Splits as GPT-2 does, if asked to, and spells each piece's UTF-8 bytes in the byte-level alphabet.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly CodePointRegex s_gpt2 = CodePointRegex.Parse(KnownPatterns.Gpt2);

    public List<Piece> Split(List<Piece> pieces)
    {
        var split = pieces;
        if (addPrefixSpace) split = [.. split.Select(Prefix)];
        if (useRegex) split = new SplitPreTokenizer(s_gpt2, SplitBehavior.Isolated, invert: false).Split(split);
        return Spell(split);
    }

    private static Piece Prefix(Piece piece) =>
        piece.Text.Span[0] == ' ' ? piece : piece with { Text = string.Concat(" ", piece.Text.Span).AsMemory() };

    private static List<Piece> Spell(List<Piece> pieces)
    {
        var total = pieces.Sum(piece => (long)Encoding.UTF8.GetByteCount(piece.Text.Span));
        var buffer = new char[checked((int)total)];
        var output = new List<Piece>(pieces.Count);
        var written = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var piece in pieces)
        {
            var start = written;
            foreach (var rune in piece.Text.Span.EnumerateRunes())
            {
                var count = rune.EncodeToUtf8(utf8);
                for (var i = 0; i < count; i++) buffer[written++] = ByteAlphabet.ToChar(utf8[i]);
            }

            output.Add(piece with { Text = buffer.AsMemory(start, written - start) });
        }

        return output;
    }
}
