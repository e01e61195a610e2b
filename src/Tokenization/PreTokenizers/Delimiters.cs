namespace MoE.Tokenization.PreTokenizers;

/// <summary>What becomes of the delimiters of a split; the names are those of Hugging Face tokenizers.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Splitting at delimiters.</summary>
internal static class Delimiters
{
    public static IEnumerable<(int Start, int End)> Find(ReadOnlyMemory<char> text, string pattern)
    {
        for (var from = 0; text.Span[from..].IndexOf(pattern, StringComparison.Ordinal) is >= 0 and var at; from += at + pattern.Length)
        {
            yield return (from + at, from + at + pattern.Length);
        }
    }

    public static IEnumerable<Piece> Split(Piece piece, IEnumerable<(int Start, int End)> matches, SplitBehavior behavior, bool invert)
    {
        var spans = Cover(piece.Text.Length, matches, invert);
        var merged = behavior switch
        {
            SplitBehavior.Removed => spans.Where(span => !span.Delimiter),
            SplitBehavior.Isolated => spans,
            SplitBehavior.Contiguous => Merge(spans, (last, next) => last == next),
            SplitBehavior.MergedWithPrevious => Merge(spans, (last, next) => !last && next),
            _ => Merge(spans, (last, next) => last && !next),
        };
        foreach (var span in merged)
        {
            if (span.End > span.Start) yield return piece.Slice(span.Start, span.End);
        }
    }

    private static IEnumerable<Span> Cover(int length, IEnumerable<(int Start, int End)> matches, bool invert)
    {
        var last = 0;
        foreach (var (start, end) in matches)
        {
            if (start > last) yield return new Span(last, start, invert);
            yield return new Span(start, end, !invert);
            last = end;
        }

        if (last < length) yield return new Span(last, length, invert);
    }

    /// <param name="spans">Neighbours in order.</param>
    /// <param name="joins">Whether a span joins the one before it, from whether that one ends in a delimiter and whether it is one.</param>
    private static IEnumerable<Span> Merge(IEnumerable<Span> spans, Func<bool, bool, bool> joins)
    {
        Span? open = null;
        foreach (var span in spans)
        {
            if (open is { } before && joins(before.Delimiter, span.Delimiter))
            {
                open = before with { End = span.End, Delimiter = span.Delimiter };
                continue;
            }

            if (open is { } complete) yield return complete;
            open = span;
        }

        if (open is { } rest) yield return rest;
    }

    private readonly record struct Span(int Start, int End, bool Delimiter);
}
