using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Chooses which replica of an expert computes a dispatch's rows. Any choice gives the same bits.</summary>
public interface IReplicaSelectionPolicy
{
    /// <param name="expert">The expert.</param>
    /// <param name="replicas">Nodes that hold it and can be reached, at least one, primary first.</param>
    NodeId Select(ExpertId expert, ImmutableArray<NodeId> replicas);
}

/// <summary>The first replica that can be reached.</summary>
public sealed class PrimaryReplicaPolicy : IReplicaSelectionPolicy
{
    public NodeId Select(ExpertId expert, ImmutableArray<NodeId> replicas) => replicas[0];
}
