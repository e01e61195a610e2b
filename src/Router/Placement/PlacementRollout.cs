using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// A placement on its way into force, as a state machine without actors: copying (nodes load) → cutting over (fronts adopt)
/// → done. Nodes serve the older placement until every front has left it.
/// </summary>
internal sealed class PlacementRollout(ExpertPlacement placement, IEnumerable<NodeId> nodes)
{
    private readonly HashSet<NodeId> _loading = [.. nodes];
    private readonly HashSet<NodeId> _adopting = [];

    public ExpertPlacement Placement { get; } = placement;

    /// <summary>Nodes that are not ready yet.</summary>
    public IReadOnlySet<NodeId> Loading => _loading;

    /// <summary>Fronts that have not adopted yet.</summary>
    public IReadOnlySet<NodeId> Adopting => _adopting;

    public bool Copied => _loading.Count == 0;

    public bool Published { get; private set; }

    public bool Done => Published && _adopting.Count == 0;

    public void NodeReady(NodeId node) => _loading.Remove(node);

    /// <summary>All nodes are ready: these fronts must adopt.</summary>
    public void Publish(IEnumerable<NodeId> fronts)
    {
        Published = true;
        _adopting.UnionWith(fronts);
    }

    public void FrontJoined(NodeId front)
    {
        if (Published)
            _adopting.Add(front);
    }

    public void FrontAdopted(NodeId front) => _adopting.Remove(front);

    /// <summary>Fronts that did not adopt in time are waited for no longer.</summary>
    public IReadOnlyList<NodeId> GiveUpOnFronts()
    {
        var late = _adopting.ToList();
        _adopting.Clear();
        return late;
    }
}
