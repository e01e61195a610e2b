using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>Anyone → coordinator: how is the cluster? Reply: <see cref="ClusterStatus"/>. Idempotent. Empty.</summary>
public sealed record GetClusterStatus : IWireMessage;

/// <summary>
/// Coordinator → who asked. Bounded by <see cref="WireLimits.MaxNodes"/> nodes and fronts, <see cref="WireLimits.MaxExperts"/>
/// experts.
/// </summary>
/// <param name="PlacementVersion">The placement in force, 0 for none.</param>
/// <param name="ModelHash">The model that the cluster serves.</param>
/// <param name="Nodes">Registered expert nodes, by name.</param>
/// <param name="Fronts">Registered fronts, by name.</param>
/// <param name="Missing">Experts without a reachable holder, ascending, at most <see cref="MaxMissing"/> of them.</param>
/// <param name="MissingCount">How many there are in all.</param>
/// <param name="Loads">Tokens per expert over all fronts, ascending by expert.</param>
/// <param name="BelowFloor">Experts with fewer copies than <c>moe.placement.replicas</c>.</param>
/// <param name="RolloutVersion">The placement that is being loaded or adopted, 0 for none.</param>
public sealed record ClusterStatus(
    long PlacementVersion,
    string ModelHash,
    ImmutableArray<NodeStatus> Nodes,
    ImmutableArray<NodeId> Fronts,
    ImmutableArray<ExpertId> Missing,
    int MissingCount,
    ImmutableArray<ExpertLoad> Loads,
    int BelowFloor,
    long RolloutVersion) : IWireMessage
{
    /// <summary>Missing experts that are listed.</summary>
    public const int MaxMissing = 64;
}

/// <summary>An expert node as the coordinator knows it.</summary>
/// <param name="Registration">Who it is.</param>
/// <param name="State">By its last report.</param>
/// <param name="Experts">What the placement in force puts there, ascending.</param>
/// <param name="BytesHeld">By its last report.</param>
/// <param name="RowsComputed">By its last report.</param>
/// <param name="DispatchesServed">By its last report.</param>
/// <param name="QueueLength">By its last report.</param>
/// <param name="Speed">By its last report.</param>
/// <param name="Fetched">By its last report.</param>
/// <param name="Weight">Its share of every layer's experts, in proportion to the other nodes' weights.</param>
/// <param name="Reachable">By the cluster's failure detector.</param>
/// <param name="Quarantine">Why it gets no more experts; empty where it may have some.</param>
/// <param name="LoadError">Why it could not load its experts the last time; empty since it could.</param>
/// <param name="LoadFailures">How often in a row it could not.</param>
public sealed record NodeStatus(
    NodeRegistration Registration,
    NodeState State,
    ImmutableArray<ExpertId> Experts,
    long BytesHeld,
    long RowsComputed,
    long DispatchesServed,
    int QueueLength,
    long Speed,
    FetchCounts Fetched,
    long Weight,
    bool Reachable,
    string Quarantine,
    string LoadError,
    int LoadFailures);
