using MoE.Protocol;

namespace MoE.Router;

/// <summary>What a row costs on a node, in any unit that is the same for all nodes.</summary>
public interface IRowCosts
{
    double PerRow(NodeId node);
}

/// <summary>The work that one dispatch has given to nodes.</summary>
/// <param name="costs">What a row costs.</param>
public sealed class NodeLoads(IRowCosts costs)
{
    private readonly Dictionary<NodeId, double> _loads = [];

    /// <summary>The node's load if it got some rows more.</summary>
    public double With(NodeId node, int rows) => _loads.GetValueOrDefault(node) + rows * costs.PerRow(node);

    internal void Clear() => _loads.Clear();

    internal void Add(NodeId node, int rows) => _loads[node] = With(node, rows);
}
