using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>What a <see cref="DispatchTable"/> knows of the cluster, and its way out.</summary>
internal interface IDispatchRoutes
{
    /// <summary>Version of the placement in force, 0 for none.</summary>
    long PlacementVersion { get; }

    /// <summary>Why the missing experts cannot be placed anywhere, or null while there is hope.</summary>
    string? Impossible { get; }

    /// <summary>Nodes that hold an expert and can be reached, most preferred first.</summary>
    ImmutableArray<NodeId> Holders(ExpertId expert);

    /// <summary>Where the placement puts experts, for an error that misses them.</summary>
    string Placed(IEnumerable<ExpertId> experts);

    /// <summary>Sends a frame, which is given up, to a node that <see cref="Holders"/> named. On any thread, while the table waits.</summary>
    void Send(NodeId node, DispatchFrame frame);

    /// <summary>A node's answer was wrong.</summary>
    void ReportFault(NodeId node, string reason);
}
