using System.Text;
using MoE.Tokenization.Bpe;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.PreTokenizers;

/// <summary>Splits as GPT-2 does, if asked to, and spells each piece's UTF-8 bytes in the byte-level alphabet.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly SplitPreTokenizer s_gpt2 = new(CodePointRegex.Parse(KnownPatterns.Gpt2), SplitBehavior.Isolated, invert: false);

    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces)
    {
        var split = addPrefixSpace ? pieces.Select(Prefix) : pieces;
        return Spell(useRegex ? s_gpt2.Split(split) : split);
    }

    private static Piece Prefix(Piece piece) =>
        piece.Text.Span[0] == ' ' ? piece : piece with { Text = string.Concat(" ", piece.Text.Span).AsMemory() };

    private static IEnumerable<Piece> Spell(IEnumerable<Piece> pieces)
    {
        var buffer = new char[64];
        foreach (var piece in pieces)
        {
            var count = Encoding.UTF8.GetByteCount(piece.Text.Span);
            if (count > buffer.Length) buffer = new char[Math.Max(count, 2 * buffer.Length)];
            Spell(piece.Text.Span, buffer);
            yield return piece with { Text = buffer.AsMemory(0, count) };
        }
    }

    private static void Spell(ReadOnlySpan<char> text, char[] output)
    {
        var written = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < count; i++) output[written++] = ByteAlphabet.ToChar(utf8[i]);
        }
    }
}
