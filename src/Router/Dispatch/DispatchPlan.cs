using System.Collections.Immutable;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Which of some expert groups go to which node, for one dispatch at a time. The same input gives the same plan; its memory is used again.</summary>
/// <param name="policy">Chooses among nodes.</param>
/// <param name="costs">What a row costs on a node.</param>
internal sealed class DispatchPlan(IReplicaSelectionPolicy policy, IRowCosts costs)
{
    private readonly NodeLoads _loads = new(costs);
    private readonly List<(int Group, int Rows, ImmutableArray<NodeId> Nodes)> _open = [];
    private readonly List<NodeShare> _shares = [];
    private readonly Stack<NodeShare> _idle = [];
    private readonly List<int> _homeless = [];

    /// <summary>Each node's groups, by the node's name.</summary>
    public IReadOnlyList<NodeShare> Shares => _shares;

    /// <summary>Groups that nobody can compute.</summary>
    public IReadOnlyList<int> Homeless => _homeless;

    /// <summary>Begins another plan.</summary>
    public void Begin()
    {
        _loads.Clear();
        _open.Clear();
        _homeless.Clear();
        foreach (var share in _shares)
        {
            share.Groups.Clear();
            share.Rows = 0;
            _idle.Push(share);
        }

        _shares.Clear();
    }

    /// <summary>Adds a group.</summary>
    /// <param name="group">Index into the permutation's experts.</param>
    /// <param name="rows">Its tokens.</param>
    /// <param name="nodes">Who can compute it, most preferred first; empty where there is nobody at the moment.</param>
    public void Add(int group, int rows, ImmutableArray<NodeId> nodes)
    {
        if (nodes.IsEmpty)
            _homeless.Add(group);
        else if (nodes.Length == 1)
            Give(group, rows, nodes[0]);
        else
            _open.Add((group, rows, nodes));
    }

    /// <summary>Shares out what several nodes can compute.</summary>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="permutation">The routed batch.</param>
    public void Share(int layer, TokenPermutation permutation)
    {
        // The heaviest first: what is placed last can still even out what came before.
        _open.Sort(static (a, b) => (b.Rows, a.Group).CompareTo((a.Rows, b.Group)));
        foreach (var (group, rows, nodes) in _open)
            Give(group, rows, policy.Select(new ExpertId(layer, permutation.Experts[group]), rows, nodes, _loads));
        foreach (var share in _shares)
            share.Groups.Sort();
        _shares.Sort(static (a, b) => string.CompareOrdinal(a.Node.Value, b.Node.Value));
    }

    private void Give(int group, int rows, NodeId node)
    {
        _loads.Add(node, rows);
        var share = Of(node);
        share.Groups.Add(group);
        share.Rows += rows;
    }

    private NodeShare Of(NodeId node)
    {
        foreach (var share in _shares)
        {
            if (share.Node == node)
                return share;
        }

        if (!_idle.TryPop(out var added))
            added = new NodeShare();
        added.Node = node;
        _shares.Add(added);
        return added;
    }
}

/// <summary>What a plan gives to one node.</summary>
internal sealed class NodeShare
{
    public NodeId Node { get; set; }

    /// <summary>Ascending, once the plan is made.</summary>
    public List<int> Groups { get; } = [];

    /// <summary>Rows of all groups: those of the node's answer.</summary>
    public int Rows { get; set; }
}
