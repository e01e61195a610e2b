using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Places experts on nodes: a pure function of the model, the nodes and the placement in force. Every layer is spread by the
/// nodes' weights, since a layer waits for its slowest node; budgets bound what a node holds; an expert stays where it is
/// unless the balance or a budget asks for a move. Nodes need not be equal, nor divide the experts.
/// </summary>
public static class PlacementPlanner
{
    /// <summary>The next placement.</summary>
    /// <param name="model">What is to be placed.</param>
    /// <param name="nodes">Where it may go; any order, no node twice.</param>
    /// <param name="current">The placement in force, or on its way: what is there stays there if it can.</param>
    /// <param name="version">The result's version.</param>
    /// <param name="error">Why no placement holds everything, with the bytes that are short; else null.</param>
    /// <returns>The placement, or null with an error.</returns>
    public static ExpertPlacement? Plan(
        PlacementModel model, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, long version, out string? error)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(current);
        var budget = nodes.Sum(node => (decimal)node.MemoryBudgetBytes);
        if (nodes.Count == 0 || budget < model.TotalBytes)
        {
            error = $"{nodes.Count} expert nodes offer {budget} bytes, the model's experts take {model.TotalBytes}";
            return null;
        }

        var slots = nodes.OrderBy(node => node.Node.Value, StringComparer.Ordinal).Select(node => new Slot(node)).ToArray();
        var placed = new Dictionary<ExpertId, ImmutableArray<NodeId>>();
        foreach (var (layer, expertBytes) in model.Layers)
        {
            if (!PlaceLayer(layer, expertBytes, model.NumExperts, slots, current, placed))
            {
                error = $"layer {layer}: no node has {expertBytes} bytes left for another expert; "
                    + $"the nodes offer {budget} bytes, the experts take {model.TotalBytes}";
                return null;
            }
        }

        error = null;
        return ExpertPlacement.Create(version, placed);
    }

    private static bool PlaceLayer(
        int layer, long expertBytes, int numExperts, Slot[] slots, ExpertPlacement current, Dictionary<ExpertId, ImmutableArray<NodeId>> placed)
    {
        if (!SetQuotas(expertBytes, numExperts, slots))
            return false;
        var homeless = new List<ExpertId>();
        for (var expert = 0; expert < numExperts; expert++)
        {
            var id = new ExpertId(layer, expert);
            var home = slots.FirstOrDefault(slot => slot.Quota > 0 && current.ReplicasOf(id).Contains(slot.Node.Node));
            if (home is null)
                homeless.Add(id);
            else
                Place(id, home, expertBytes, placed);
        }

        var next = 0;
        foreach (var id in homeless)
        {
            while (slots[next].Quota == 0)
                next++;
            Place(id, slots[next], expertBytes, placed);
        }

        return true;
    }

    /// <summary>
    /// Shares a layer's experts out by weight, one at a time to the node that is furthest behind its share over all layers so
    /// far: remainders spread instead of piling up on the first node. A node without room for another expert gets no more.
    /// </summary>
    private static bool SetQuotas(long expertBytes, int numExperts, Slot[] slots)
    {
        foreach (var slot in slots)
            slot.Quota = 0;
        for (var i = 0; i < numExperts; i++)
        {
            Slot? best = null;
            foreach (var slot in slots)
            {
                if (slot.Node.MemoryBudgetBytes - slot.Bytes < (slot.Quota + 1) * expertBytes)
                    continue;
                if (best is null || slot.Behind(numExperts) < best.Behind(numExperts))
                    best = slot;
            }

            if (best is null)
                return false;
            best.Quota++;
            best.Experts++;
        }

        return true;
    }

    private static void Place(ExpertId id, Slot slot, long expertBytes, Dictionary<ExpertId, ImmutableArray<NodeId>> placed)
    {
        slot.Quota--;
        slot.Bytes += expertBytes;
        placed.Add(id, [slot.Node.Node]);
    }

    private sealed class Slot(PlacementNode node)
    {
        public PlacementNode Node { get; } = node;

        /// <summary>Experts of the layer at hand that it still takes.</summary>
        public int Quota { get; set; }

        /// <summary>Experts given to it over all layers, quotas included.</summary>
        public int Experts { get; set; }

        public long Bytes { get; set; }

        /// <summary>
        /// How the node would stand with one more expert, smallest first: first within the layer, which is what a token waits
        /// for, then over all layers, which only breaks ties (its term stays below one expert's worth).
        /// </summary>
        public double Behind(int numExperts) => (Quota + 1) / Node.Weight + Experts / Node.Weight / (1e6 * numExperts);
    }
}
