using MoE.Protocol;

namespace MoE.Router;

/// <summary>The coordinator's knowledge as <see cref="ClusterStatus"/>.</summary>
internal static class ClusterStatusReport
{
    /// <param name="modelHash">The model that the cluster serves.</param>
    /// <param name="model">What is placed.</param>
    /// <param name="placement">The placement in force.</param>
    /// <param name="goals">How many copies are wanted.</param>
    /// <param name="rolloutVersion">The placement on its way, 0 for none.</param>
    /// <param name="nodes">Registered nodes, any order.</param>
    /// <param name="weighted">Those of them that may get experts.</param>
    /// <param name="fronts">Registered fronts, any order.</param>
    /// <param name="loads">The fronts' last reports.</param>
    public static ClusterStatus Of(
        string modelHash, PlacementModel model, ExpertPlacement placement, PlacementGoals goals, long rolloutVersion,
        IReadOnlyCollection<RegisteredNode> nodes, IReadOnlyCollection<PlacementNode> weighted, IEnumerable<NodeId> fronts, IEnumerable<ReportExpertLoad> loads)
    {
        var weights = weighted.ToDictionary(node => node.Node, node => node.Weight);
        var live = nodes.Where(node => node.Reachable && node.Serving).Select(node => node.Registration.Node).ToHashSet();
        var missing = model.Layers
            .SelectMany(layer => Enumerable.Range(0, model.NumExperts).Select(expert => new ExpertId(layer.Layer, expert)))
            .Where(expert => !placement.ReplicasOf(expert).Any(live.Contains))
            .ToList();
        var tokens = loads.SelectMany(report => report.Loads)
            .GroupBy(load => load.Expert)
            .Select(group => new ExpertLoad(group.Key, group.Sum(load => load.Tokens)))
            .OrderBy(load => load.Expert);
        return new ClusterStatus(
            placement.Version,
            modelHash,
            [.. nodes.OrderBy(node => node.Registration.Node.Value, StringComparer.Ordinal)
                .Select(node => node.Status(placement.ExpertsOf(node.Registration.Node), weights.GetValueOrDefault(node.Registration.Node)))],
            [.. fronts.OrderBy(front => front.Value, StringComparer.Ordinal)],
            [.. missing.Take(ClusterStatus.MaxMissing)],
            missing.Count,
            [.. tokens],
            placement.Version == 0 ? 0 : PlacementPlanner.BelowFloor(model, placement, goals),
            rolloutVersion);
    }
}
