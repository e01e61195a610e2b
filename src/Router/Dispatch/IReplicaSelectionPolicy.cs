using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Chooses which replica of an expert computes a dispatch's rows. Any choice gives the same bits.</summary>
public interface IReplicaSelectionPolicy
{
    /// <summary>The value of <c>moe.dispatch.replica-selection</c>.</summary>
    string Name { get; }

    /// <param name="expert">The expert.</param>
    /// <param name="rows">Rows it gets.</param>
    /// <param name="replicas">Nodes that hold it and can be reached, at least one, primary first.</param>
    /// <param name="loads">What the dispatch has given to the nodes so far.</param>
    NodeId Select(ExpertId expert, int rows, ImmutableArray<NodeId> replicas, NodeLoads loads);
}

/// <summary>The policies by name.</summary>
public static class ReplicaSelectionPolicies
{
    public const string Primary = "primary";

    public const string LeastTime = "least-time";

    private static readonly IReplicaSelectionPolicy[] s_all = [new PrimaryReplicaPolicy(), new LeastTimeReplicaPolicy()];

    /// <exception cref="ArgumentException">The name is none of the policies'.</exception>
    public static IReplicaSelectionPolicy Of(string name) => Array.Find(s_all, policy => policy.Name == name)
        ?? throw new ArgumentException($"moe.dispatch.replica-selection = '{name}': must be one of {string.Join(", ", s_all.Select(policy => policy.Name))}");
}

/// <summary>The first replica that can be reached.</summary>
public sealed class PrimaryReplicaPolicy : IReplicaSelectionPolicy
{
    public string Name => ReplicaSelectionPolicies.Primary;

    public NodeId Select(ExpertId expert, int rows, ImmutableArray<NodeId> replicas, NodeLoads loads) => replicas[0];
}

/// <summary>The replica that would be done first with what the dispatch has given it; the primary where that is a draw.</summary>
public sealed class LeastTimeReplicaPolicy : IReplicaSelectionPolicy
{
    public string Name => ReplicaSelectionPolicies.LeastTime;

    public NodeId Select(ExpertId expert, int rows, ImmutableArray<NodeId> replicas, NodeLoads loads)
    {
        ArgumentNullException.ThrowIfNull(loads);
        var best = replicas[0];
        var least = loads.With(best, rows);
        for (var i = 1; i < replicas.Length; i++)
        {
            if (loads.With(replicas[i], rows) is var time && time < least)
                (best, least) = (replicas[i], time);
        }

        return best;
    }
}
