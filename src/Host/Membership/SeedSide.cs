namespace MoE.Host;

/// <summary>
/// On which side of a partition a node stands. The cluster is where most of its seeds are; where both sides have as many, it
/// is where the oldest is. Expert nodes and fronts do not count: any number of them may die at once.
/// </summary>
internal enum SeedSide
{
    /// <summary>No seed is a member: nobody is there to decide, so everybody stays.</summary>
    NoSeeds,

    /// <summary>This node hears from the seeds that decide.</summary>
    With,

    /// <summary>The seeds that decide are on the other side: this node is cut off.</summary>
    Without,
}

/// <summary>The rule as a pure function.</summary>
internal static class SeedSides
{
    /// <summary>
    /// The side of a node that knows of seeds which join. Others may not have heard of them, or know some of them as up already: whoever goes on
    /// has the seeds that decide however many of these count. Else two sides that count different seeds would both go on.
    /// </summary>
    /// <param name="heard">Whether this node hears from each seed, the oldest first; of itself it does.</param>
    /// <param name="joining">How many of them, the last ones, have not been up yet.</param>
    public static SeedSide Of(IReadOnlyList<bool> heard, int joining)
    {
        for (var counted = heard.Count - joining; counted < heard.Count; counted++)
        {
            if (Of([.. heard.Take(counted)]) == SeedSide.Without)
                return SeedSide.Without;
        }

        return Of(heard);
    }

    /// <param name="heard">Whether this node hears from each seed that is a member, the oldest first; of itself it does.</param>
    public static SeedSide Of(IReadOnlyList<bool> heard)
    {
        if (heard.Count == 0)
            return SeedSide.NoSeeds;
        var reached = 0;
        foreach (var seed in heard)
            reached += seed ? 1 : 0;
        if (2 * reached == heard.Count)
            return heard[0] ? SeedSide.With : SeedSide.Without;
        return 2 * reached > heard.Count ? SeedSide.With : SeedSide.Without;
    }
}
