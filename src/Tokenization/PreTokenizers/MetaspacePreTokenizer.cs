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
    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>();
        foreach (var piece in pieces)
        {
            var text = piece.Text.ToString().Replace(" ", mark, StringComparison.Ordinal);
            var prepend = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.AtStart);
            if (prepend && !text.StartsWith(mark, StringComparison.Ordinal)) text = mark + text;

            var marked = piece with { Text = text.AsMemory() };
            if (split) Delimiters.Split(marked, Delimiters.Find(text, mark), SplitBehavior.MergedWithNext, invert: false, output);
            else output.Add(marked);
        }

        return output;
    }
}
