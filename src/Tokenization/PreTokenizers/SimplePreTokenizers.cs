using MoE.Tokenization.Regex;

namespace MoE.Tokenization.PreTokenizers;

internal sealed class IdentityPreTokenizer : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces) => pieces;
}

internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces) => preTokenizers.Aggregate(pieces, (current, next) => next.Split(current));
}

/// <summary>Splits at the matches of a pattern.</summary>
internal sealed class SplitPreTokenizer(CodePointRegex pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>();
        foreach (var piece in pieces) Delimiters.Split(piece, pattern.Matches(piece.Text.Span), behavior, invert, output);
        return output;
    }
}

/// <summary>Splits at every occurrence of a string.</summary>
internal sealed class StringSplitPreTokenizer(string pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>();
        foreach (var piece in pieces) Delimiters.Split(piece, Delimiters.Find(piece.Text.Span, pattern), behavior, invert, output);
        return output;
    }
}
