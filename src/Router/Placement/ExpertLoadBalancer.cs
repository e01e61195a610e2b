using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Moves load, not just experts: where a layer's busiest node is far above the mean, its hot experts get a copy on a node with
/// room, or change places with cold ones of the least busy node. A pure function of the measured load; one layer at a time,
/// few experts at a time. Replication follows EPLB (deepseek-ai/EPLB): the next copy goes to the expert with the largest load
/// per copy; unlike it, nodes need no equal numbers of experts.
/// </summary>
public static class ExpertLoadBalancer
{
    /// <summary>The placement with the most unbalanced layer improved, or null where no change is worth it.</summary>
    /// <param name="model">What is placed.</param>
    /// <param name="nodes">The nodes of the placement.</param>
    /// <param name="current">In force.</param>
    /// <param name="load">Tokens per expert, lately.</param>
    /// <param name="goals">How many copies an expert may have.</param>
    /// <param name="settings">What is worth a move.</param>
    /// <param name="version">The result's version.</param>
    public static ExpertPlacement? Improve(
        PlacementModel model, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, IReadOnlyDictionary<ExpertId, long> load,
        PlacementGoals goals, BalanceSettings settings, long version)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(settings);
        var layers = model.Layers
            .Select(layer => new LayerBalance(model, layer.Layer, nodes, current, load))
            .Where(layer => layer.Tokens >= settings.MinTokens && layer.Imbalance >= settings.Threshold)
            .OrderByDescending(layer => layer.Imbalance)
            .ThenBy(layer => layer.Layer);
        foreach (var layer in layers)
        {
            var before = layer.Busiest;
            var moves = 0;
            while (moves < settings.MaxMoves && layer.TryImprove(goals))
                moves++;
            if (layer.Busiest <= before * (1 - settings.Gain))
                return Replace(current, layer, version);
        }

        return null;
    }

    /// <summary>How many copies each expert gets of some in all: one each, then one by one to the largest load per copy.</summary>
    /// <param name="load">Load per expert.</param>
    /// <param name="copies">In all, at least one for each.</param>
    public static int[] Replicate(IReadOnlyList<double> load, int copies)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, load.Count);
        var counts = new int[load.Count];
        Array.Fill(counts, 1);
        for (var i = load.Count; i < copies; i++)
        {
            var hottest = 0;
            for (var expert = 1; expert < counts.Length; expert++)
            {
                if (load[expert] / counts[expert] > load[hottest] / counts[hottest])
                    hottest = expert;
            }

            counts[hottest]++;
        }

        return counts;
    }

    private static ExpertPlacement Replace(ExpertPlacement current, LayerBalance layer, long version)
    {
        var replicas = current.Experts.ToDictionary(expert => expert, current.ReplicasOf);
        foreach (var (expert, nodes) in layer.Replicas)
            replicas[expert] = nodes;
        return ExpertPlacement.Create(version, replicas);
    }
}
