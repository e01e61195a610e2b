namespace MoE.Tokenization.PreTokenizers;

/// <summary>When <see cref="MetaspacePreTokenizer"/> puts its mark in front of a piece.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>Spells spaces as a mark, U+2581 as a rule, and splits before each mark, if asked to.</summary>
internal sealed class MetaspacePreTokenizer(string mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    public IEnumerable<Piece> Split(IEnumerable<Piece> pieces)
    {
        var marked = pieces.Select(Mark);
        return split
            ? marked.SelectMany(piece => Delimiters.Split(piece, Delimiters.Find(piece.Text, mark), SplitBehavior.MergedWithNext, invert: false))
            : marked;
    }

    private Piece Mark(Piece piece)
    {
        var text = piece.Text.ToString().Replace(" ", mark, StringComparison.Ordinal);
        var prepend = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.AtStart);
        if (prepend && !text.StartsWith(mark, StringComparison.Ordinal)) text = mark + text;
        return piece with { Text = text.AsMemory() };
    }
}
