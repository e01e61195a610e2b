using MoE.Protocol;

namespace MoE.Router;

/// <summary>What the planner knows of a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="MemoryBudgetBytes">Most bytes of experts it may hold.</param>
/// <param name="Weight">Its share of the work, above 0: its measured speed, or its threads.</param>
public sealed record PlacementNode(NodeId Node, long MemoryBudgetBytes, double Weight)
{
    /// <summary>The machine that it runs on; its own where nothing else is said.</summary>
    public string Machine { get; init; } = Node.Value;
}
