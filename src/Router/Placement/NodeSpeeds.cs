namespace MoE.Router;

/// <summary>What the coordinator knows of a node's speed.</summary>
/// <param name="Threads">Compute threads, at least 1.</param>
/// <param name="Measured">Bytes of weights a second; 0 while not known.</param>
internal readonly record struct NodeSpeed(int Threads, long Measured);

/// <summary>Nodes' shares of the work by their speeds, as pure functions.</summary>
internal static class NodeSpeeds
{
    /// <summary>
    /// One weight a node, above 0. Where nothing is measured, its threads; a node that is not measured yet counts as fast, a thread, as
    /// the median of the others.
    /// </summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="maxRatio">How many times the least weight the largest may be: one wrong measurement does not empty a node.</param>
    public static double[] Weights(IReadOnlyList<NodeSpeed> nodes, double maxRatio)
    {
        var known = nodes.Where(node => node.Measured > 0).Select(node => (double)node.Measured / node.Threads).Order().ToList();
        var perThread = known.Count == 0 ? 1 : known[known.Count / 2];
        var weights = nodes.Select(node => node.Measured > 0 ? node.Measured : node.Threads * perThread).ToArray();
        if (known.Count == 0)
            return weights;
        var least = weights.Max() / maxRatio;
        return [.. weights.Select(weight => Math.Max(weight, least))];
    }

    /// <summary>How far shares have drifted apart: the most that a share grew, by the most that another shrank. 1 where all are as before.</summary>
    /// <param name="before">Weights, one a node.</param>
    /// <param name="after">Weights of the same nodes, in any unit.</param>
    public static double Drift(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        if (before.Count == 0)
            return 1;
        var changes = before.Zip(after, (old, now) => now / old).ToList();
        return changes.Max() / changes.Min();
    }
}
