namespace MoE.Router;

/// <summary>How many copies a placement should have.</summary>
/// <param name="Replicas">Copies of every expert, on different nodes, as far as budgets allow; at least 1.</param>
/// <param name="MaxReplicas">Most copies of one expert: those above <paramref name="Replicas"/> are for hot ones.</param>
public sealed record PlacementGoals(int Replicas, int MaxReplicas)
{
    /// <summary>One copy of everything.</summary>
    public static PlacementGoals Single { get; } = new(1, 1);
}
