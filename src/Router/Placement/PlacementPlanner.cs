using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Places experts on nodes: a pure function of the model, the nodes and the placement in force. Every layer is spread by the
/// nodes' weights, since a layer waits for its slowest node; budgets bound what a node holds; an expert stays where it is
/// unless the balance or a budget asks for a move. Nodes need not be equal, nor divide the experts.
/// <para>First every expert gets one copy, then, layer by layer, a second one on another node and so on up to the floor; copies
/// beyond it that are there already stay while there is room.</para>
/// </summary>
public static class PlacementPlanner
{
    /// <summary>
    /// Copies that budgets push aside in one draft may free room that another would use. What a draft makes of itself is taken instead,
    /// until nothing changes: every rollout is followed by a plan, and they must not go on for ever.
    /// </summary>
    private const int MaxDrafts = 32;

    /// <summary>The next placement.</summary>
    /// <param name="model">What is to be placed.</param>
    /// <param name="nodes">Where it may go; any order, no node twice.</param>
    /// <param name="current">The placement in force, or on its way: what is there stays there if it can.</param>
    /// <param name="goals">How many copies.</param>
    /// <param name="version">The result's version.</param>
    /// <param name="error">Why no placement holds everything, with the bytes that are short; else null.</param>
    /// <returns>The placement, or null with an error.</returns>
    public static ExpertPlacement? Plan(
        PlacementModel model, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, PlacementGoals goals, long version, out string? error)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(goals);
        error = TooLittle(model, nodes);
        if (error is not null || Draft(model, nodes, current, goals, version, out error) is not { } plan)
            return null;
        for (var draft = 1; draft < MaxDrafts; draft++)
        {
            if (Draft(model, nodes, plan, goals, version, out _) is not { } next || next.SameAs(plan))
                break;
            plan = next;
        }

        return plan;
    }

    private static ExpertPlacement? Draft(
        PlacementModel model, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, PlacementGoals goals, long version, out string? error)
    {
        error = null;
        var plan = new PlacementDraft(nodes, current);
        for (var copy = 1; copy <= goals.Replicas; copy++)
        {
            foreach (var (layer, expertBytes) in model.Layers)
            {
                if (plan.PlaceCopy(layer, expertBytes, model.NumExperts) || copy > 1)
                    continue;
                error = Fragmented(model, nodes, layer, expertBytes);
                return null;
            }
        }

        foreach (var (layer, expertBytes) in model.Layers)
            plan.KeepMore(layer, expertBytes, model.NumExperts, goals.MaxReplicas);
        return plan.ToPlacement(version);
    }

    /// <summary>
    /// The placement after a loss, changed as little as can be: what is held stays where it is, and only experts that no node
    /// holds are loaded, on the nodes with room that have least to do. Balance and the floor are for a later plan.
    /// </summary>
    /// <inheritdoc cref="Plan"/>
    public static ExpertPlacement? Recover(
        PlacementModel model, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, long version, out string? error)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(current);
        error = TooLittle(model, nodes);
        if (error is not null)
            return null;
        var plan = new PlacementDraft(nodes, current);
        foreach (var (layer, expertBytes) in model.Layers)
            plan.KeepMore(layer, expertBytes, model.NumExperts, int.MaxValue);
        foreach (var (layer, expertBytes) in model.Layers)
        {
            if (plan.PlaceLost(layer, expertBytes, model.NumExperts))
                continue;
            error = Fragmented(model, nodes, layer, expertBytes);
            return null;
        }

        return plan.ToPlacement(version);
    }

    /// <summary>Experts that have fewer copies than the floor asks for.</summary>
    public static int BelowFloor(PlacementModel model, ExpertPlacement placement, PlacementGoals goals)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(placement);
        ArgumentNullException.ThrowIfNull(goals);
        return model.Layers.Sum(layer => Enumerable.Range(0, model.NumExperts)
            .Count(expert => placement.ReplicasOf(new ExpertId(layer.Layer, expert)).Length < goals.Replicas));
    }

    private static string? TooLittle(PlacementModel model, IReadOnlyList<PlacementNode> nodes)
    {
        var budget = nodes.Sum(node => (decimal)node.MemoryBudgetBytes);
        return nodes.Count == 0 || budget < model.TotalBytes
            ? $"{nodes.Count} expert nodes offer {budget} bytes, the model's experts take {model.TotalBytes}"
            : null;
    }

    private static string Fragmented(PlacementModel model, IReadOnlyList<PlacementNode> nodes, int layer, long expertBytes) =>
        $"layer {layer}: no node has {expertBytes} bytes left for another expert; "
        + $"the nodes offer {nodes.Sum(node => (decimal)node.MemoryBudgetBytes)} bytes, the experts take {model.TotalBytes}";
}
