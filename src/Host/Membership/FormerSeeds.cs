namespace MoE.Host;

/// <summary>What a seed of a membership that has ended is doing now.</summary>
internal enum FormerSeed
{
    /// <summary>No answer, which proves nothing: it may be a member somewhere.</summary>
    Silent,

    /// <summary>Its machine says that nobody listens there.</summary>
    Gone,

    /// <summary>Its process is there, and in no cluster.</summary>
    Waiting,

    /// <summary>Its process was restarted: it is in no cluster, and forms none because it has forgotten the others.</summary>
    Restarted,

    /// <summary>It is a member of a cluster.</summary>
    Member,
}

/// <summary>Who forms the cluster anew after every seed was cut off from the others, as a pure function.</summary>
internal static class FormerSeeds
{
    /// <summary>
    /// Where most of the seeds wait, no side has gone on: a side that does has most of them. The oldest of those that are neither gone nor
    /// restarted forms the cluster, and nobody else.
    /// </summary>
    /// <param name="seeds">The seeds of the ended membership, the oldest first.</param>
    /// <param name="self">Which of them asks.</param>
    public static bool MayForm(IReadOnlyList<FormerSeed> seeds, int self)
    {
        var waiting = 0;
        for (var i = 0; i < seeds.Count; i++)
        {
            if (seeds[i] == FormerSeed.Member || (i < self && seeds[i] is FormerSeed.Silent or FormerSeed.Waiting))
                return false;
            waiting += seeds[i] is FormerSeed.Waiting or FormerSeed.Restarted ? 1 : 0;
        }

        return 2 * waiting > seeds.Count;
    }
}
