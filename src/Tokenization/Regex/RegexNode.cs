namespace MoE.Tokenization.Regex;

/// <summary>A parsed pattern. <see cref="MinWidth"/> counts the code points that every match of the node takes at least.</summary>
internal abstract record RegexNode
{
    public abstract int MinWidth { get; }

    public sealed record Set(CodePointSet Points) : RegexNode
    {
        public override int MinWidth => 1;
    }

    public sealed record Concat(IReadOnlyList<RegexNode> Parts) : RegexNode
    {
        public override int MinWidth => Parts.Aggregate(0, (sum, part) => Math.Min(RegexParser.MaxCount, sum + part.MinWidth));
    }

    public sealed record Alternate(IReadOnlyList<RegexNode> Branches) : RegexNode
    {
        public override int MinWidth => Branches.Min(branch => branch.MinWidth);
    }

    /// <summary><see cref="Max"/> is -1 for no bound.</summary>
    public sealed record Repeat(RegexNode Body, int Min, int Max, Greed Greed) : RegexNode
    {
        public override int MinWidth => (int)Math.Min(RegexParser.MaxCount, (long)Min * Body.MinWidth);
    }

    public sealed record Look(RegexNode Body, bool Negative) : RegexNode
    {
        public override int MinWidth => 0;
    }

    public sealed record Atomic(RegexNode Body) : RegexNode
    {
        public override int MinWidth => Body.MinWidth;
    }

    public sealed record Anchor(AnchorKind Kind) : RegexNode
    {
        public override int MinWidth => 0;
    }
}

internal enum Greed
{
    Greedy,
    Lazy,
    Possessive,
}

internal enum AnchorKind
{
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    WordBoundary,
    NotWordBoundary,
}
