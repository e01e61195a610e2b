using MoE.Protocol;

namespace MoE.Router;

/// <summary>How many copies a placement should have.</summary>
/// <param name="Replicas">Copies of every expert, on different nodes, as far as budgets allow; at least 1.</param>
/// <param name="MaxReplicas">Most copies of one expert: those above <paramref name="Replicas"/> are for hot ones.</param>
public sealed record PlacementGoals(int Replicas, int MaxReplicas)
{
    /// <summary>Copies that <c>moe.placement.replicas = auto</c> asks for where there is memory: any node may then die without a pause.</summary>
    private const int AutoReplicas = 2;

    /// <summary>One copy of everything.</summary>
    public static PlacementGoals Single { get; } = new(1, 1);

    /// <summary>Whether <see cref="Replicas"/> holds only where the machines have memory for it; one copy elsewhere.</summary>
    public bool Auto { get; private init; }

    /// <summary>Two copies where there is memory, one elsewhere.</summary>
    /// <param name="maxReplicas">Most copies of one expert.</param>
    public static PlacementGoals Automatic(int maxReplicas) => new(Math.Min(AutoReplicas, maxReplicas), maxReplicas) { Auto = true };

    /// <summary>
    /// The goals for some nodes. Automatic copies are for memory that is there anyway: nodes of one machine share its memory, whatever
    /// their budgets add up to, so the largest of them counts. No node holds an expert twice.
    /// </summary>
    /// <param name="model">What is placed.</param>
    /// <param name="nodes">Where it may go.</param>
    public PlacementGoals For(PlacementModel model, IReadOnlyCollection<PlacementNode> nodes)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!Auto)
            return this;
        var wanted = Replicas * (decimal)model.TotalBytes;
        var machines = nodes.GroupBy(node => node.Machine).Sum(machine => (decimal)machine.Max(node => node.MemoryBudgetBytes));
        var copies = nodes.Sum(node => (decimal)Math.Min(node.MemoryBudgetBytes, model.TotalBytes));
        return Math.Min(machines, copies) >= wanted ? this : this with { Replicas = 1 };
    }
}
