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
    public static List<(int Start, int End)> Find(ReadOnlySpan<char> text, string pattern)
    {
        var matches = new List<(int Start, int End)>();
        for (var from = 0; text[from..].IndexOf(pattern, StringComparison.Ordinal) is >= 0 and var at; from += at + pattern.Length)
        {
            matches.Add((from + at, from + at + pattern.Length));
        }

        return matches;
    }

    public static void Split(Piece piece, List<(int Start, int End)> matches, SplitBehavior behavior, bool invert, List<Piece> output)
    {
        var spans = Cover(piece.Text.Length, matches, invert);
        var merged = behavior switch
        {
            SplitBehavior.Removed => spans.Where(span => !span.Delimiter),
            SplitBehavior.Isolated => spans,
            SplitBehavior.Contiguous => MergeContiguous(spans),
            SplitBehavior.MergedWithPrevious => MergeWithPrevious(spans),
            _ => MergeWithNext(spans),
        };
        foreach (var span in merged)
        {
            if (span.End > span.Start) output.Add(piece.Slice(span.Start, span.End));
        }
    }

    private static List<Span> Cover(int length, List<(int Start, int End)> matches, bool invert)
    {
        var spans = new List<Span>(matches.Count * 2 + 1);
        var last = 0;
        foreach (var (start, end) in matches)
        {
            if (start > last) spans.Add(new Span(last, start, invert));
            spans.Add(new Span(start, end, !invert));
            last = end;
        }

        if (last < length) spans.Add(new Span(last, length, invert));
        return spans;
    }

    private static List<Span> MergeContiguous(List<Span> spans)
    {
        var merged = new List<Span>();
        var previous = false;
        foreach (var span in spans)
        {
            if (span.Delimiter == previous && merged.Count > 0) merged[^1] = merged[^1] with { End = span.End };
            else merged.Add(span);
            previous = span.Delimiter;
        }

        return merged;
    }

    private static List<Span> MergeWithPrevious(List<Span> spans)
    {
        var merged = new List<Span>();
        var previous = false;
        foreach (var span in spans)
        {
            if (span.Delimiter && !previous && merged.Count > 0) merged[^1] = merged[^1] with { End = span.End };
            else merged.Add(span);
            previous = span.Delimiter;
        }

        return merged;
    }

    private static List<Span> MergeWithNext(List<Span> spans)
    {
        var merged = new List<Span>();
        var previous = false;
        for (var i = spans.Count - 1; i >= 0; i--)
        {
            if (spans[i].Delimiter && !previous && merged.Count > 0) merged[^1] = merged[^1] with { Start = spans[i].Start };
            else merged.Add(spans[i]);
            previous = spans[i].Delimiter;
        }

        merged.Reverse();
        return merged;
    }

    private readonly record struct Span(int Start, int End, bool Delimiter);
}
