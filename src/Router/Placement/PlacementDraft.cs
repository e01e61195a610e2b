using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>A placement being made, copy by copy. What is in force is kept where quotas and budgets allow.</summary>
internal sealed class PlacementDraft
{
    private readonly PlacementSlot[] _slots;
    private readonly ExpertPlacement _current;
    private readonly Dictionary<ExpertId, List<PlacementSlot>> _placed = [];

    /// <param name="nodes">Where experts may go.</param>
    /// <param name="current">What is in force.</param>
    public PlacementDraft(IEnumerable<PlacementNode> nodes, ExpertPlacement current)
    {
        _slots = [.. nodes.OrderBy(node => node.Node.Value, StringComparer.Ordinal).Select(node => new PlacementSlot(node))];
        _current = current;
    }

    public ExpertPlacement ToPlacement(long version) => ExpertPlacement.Create(
        version, _placed.ToDictionary(pair => pair.Key, pair => pair.Value.Select(slot => slot.Node.Node).ToImmutableArray()));

    /// <summary>Gives every expert of a layer one copy more. False where there was no room for some.</summary>
    public bool PlaceCopy(int layer, long expertBytes, int numExperts)
    {
        SetQuotas(layer, expertBytes, numExperts);
        var homeless = new List<ExpertId>();
        for (var expert = 0; expert < numExperts; expert++)
        {
            var id = new ExpertId(layer, expert);
            var home = Holders(id).FirstOrDefault(slot => slot.Quota > 0 && !Has(id, slot));
            if (home is null)
            {
                homeless.Add(id);
                continue;
            }

            home.Quota--;
            Place(id, home, expertBytes);
        }

        var all = true;
        foreach (var id in homeless)
        {
            var home = _slots.Where(slot => slot.Quota > 0 && !Has(id, slot)).MaxBy(slot => slot.Quota)
                ?? Holders(id).FirstOrDefault(slot => !Has(id, slot) && slot.HasRoom(expertBytes))
                ?? LeastBehind(slot => !Has(id, slot) && slot.HasRoom(expertBytes), layer, numExperts);
            if (home is null)
            {
                all = false;
                continue;
            }

            home.Quota--;
            Place(id, home, expertBytes);
        }

        return all;
    }

    /// <summary>Keeps copies that are in force beyond those placed, up to a number, and never more in all than are in force: a move frees what it leaves.</summary>
    public void KeepMore(int layer, long expertBytes, int numExperts, int most)
    {
        for (var expert = 0; expert < numExperts; expert++)
        {
            var id = new ExpertId(layer, expert);
            var copies = Math.Min(most, _current.ReplicasOf(id).Length);
            foreach (var slot in Holders(id))
            {
                if (CopiesOf(id) < copies && !Has(id, slot) && slot.HasRoom(expertBytes))
                    Place(id, slot, expertBytes);
            }
        }
    }

    /// <summary>Gives each expert of a layer that has no copy one. False where there was no room for some.</summary>
    public bool PlaceLost(int layer, long expertBytes, int numExperts)
    {
        foreach (var slot in _slots)
            slot.Quota = 0;
        for (var expert = 0; expert < numExperts; expert++)
        {
            var id = new ExpertId(layer, expert);
            if (CopiesOf(id) > 0)
                continue;
            if (LeastBehind(slot => slot.HasRoom(expertBytes), layer, numExperts) is not { } home)
                return false;
            Place(id, home, expertBytes);
        }

        return true;
    }

    /// <summary>
    /// Shares a copy of each of a layer's experts out by weight, one at a time to the node that is furthest behind its share over
    /// all layers so far: remainders spread instead of piling up on the first node. A node without room for another expert gets
    /// no more.
    /// </summary>
    private void SetQuotas(int layer, long expertBytes, int numExperts)
    {
        foreach (var slot in _slots)
            slot.Quota = 0;
        for (var i = 0; i < numExperts; i++)
        {
            var best = LeastBehind(slot => slot.HasRoom((slot.Quota + 1) * expertBytes), layer, numExperts);
            if (best is null)
                return;
            best.Quota++;
            best.Experts++;
        }
    }

    private PlacementSlot? LeastBehind(Func<PlacementSlot, bool> may, int layer, int numExperts)
    {
        PlacementSlot? best = null;
        foreach (var slot in _slots)
        {
            if (may(slot) && (best is null || slot.Behind(layer, numExperts) < best.Behind(layer, numExperts)))
                best = slot;
        }

        return best;
    }

    /// <summary>Nodes that hold an expert now, in the order of its replicas.</summary>
    private IEnumerable<PlacementSlot> Holders(ExpertId id)
    {
        foreach (var node in _current.ReplicasOf(id))
        {
            if (Array.Find(_slots, slot => slot.Node.Node == node) is { } slot)
                yield return slot;
        }
    }

    private bool Has(ExpertId id, PlacementSlot slot) => _placed.TryGetValue(id, out var slots) && slots.Contains(slot);

    private int CopiesOf(ExpertId id) => _placed.TryGetValue(id, out var slots) ? slots.Count : 0;

    private void Place(ExpertId id, PlacementSlot slot, long expertBytes)
    {
        slot.Bytes += expertBytes;
        slot.Count(id.Layer);
        if (!_placed.TryGetValue(id, out var slots))
            _placed.Add(id, slots = []);
        slots.Add(slot);
    }
}

/// <summary>A node while a placement is being made.</summary>
/// <param name="node">The node.</param>
internal sealed class PlacementSlot(PlacementNode node)
{
    private readonly Dictionary<int, int> _copies = [];

    public PlacementNode Node { get; } = node;

    /// <summary>Experts of the copy and layer at hand that it still takes.</summary>
    public int Quota { get; set; }

    /// <summary>Experts given to it over all layers and copies, quotas included.</summary>
    public int Experts { get; set; }

    public long Bytes { get; set; }

    /// <summary>Counts a copy of one of a layer's experts in.</summary>
    public void Count(int layer) => _copies[layer] = _copies.GetValueOrDefault(layer) + 1;

    public bool HasRoom(long bytes) => Node.MemoryBudgetBytes - Bytes >= bytes;

    /// <summary>
    /// How the node would stand with one more expert, smallest first: first within the layer, which is what a token waits for,
    /// then over all layers, which only breaks ties (its term stays below one expert's worth).
    /// </summary>
    public double Behind(int layer, int numExperts) => (_copies.GetValueOrDefault(layer) + Quota + 1) / Node.Weight + Experts / Node.Weight / (1e6 * numExperts);
}
