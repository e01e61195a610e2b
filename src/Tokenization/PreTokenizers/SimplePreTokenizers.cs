using MoE.Tokenization.Regex;

namespace MoE.Tokenization.PreTokenizers;

internal sealed class IdentityPreTokenizer : IPreTokenizer
{
    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces) => pieces;
}

internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces) => preTokenizers.Aggregate(pieces, (current, next) => next.Split(current));
}

/// <summary>Splits at the matches of a pattern.</summary>
internal sealed class SplitPreTokenizer(CodePointRegex pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces) =>
        pieces.SelectMany(piece => Delimiters.Split(piece, pattern.Matches(piece.Text), behavior, invert));
}

/// <summary>Splits at every occurrence of a string.</summary>
internal sealed class StringSplitPreTokenizer(string pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces) =>
        pieces.SelectMany(piece => Delimiters.Split(piece, Delimiters.Find(piece.Text, pattern), behavior, invert));
}
