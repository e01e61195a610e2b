namespace MoE.Http;

/// <summary>The cluster at one moment.</summary>
/// <param name="Model">The served model's id.</param>
/// <param name="PlacementVersion">Version of the placement in force.</param>
/// <param name="Nodes">Every known node, reachable or not.</param>
/// <param name="Fronts">Addresses of the nodes that take requests.</param>
/// <param name="Missing">Experts without a live owner; empty when the model can be served.</param>
/// <param name="ExpertLoad">Tokens routed to each expert, a row per MoE layer.</param>
public sealed record ClusterSnapshot(
    string Model,
    long PlacementVersion,
    IReadOnlyList<ClusterNode> Nodes,
    IReadOnlyList<string> Fronts,
    IReadOnlyList<MissingExpert> Missing,
    IReadOnlyList<LayerLoad> ExpertLoad)
{
    /// <summary>Why this front cannot serve now, as <c>GET /health</c> says it, or null where it can.</summary>
    public string? NotReady { get; init; }

    /// <summary>How many experts are missing, also where <see cref="Missing"/> names only the first.</summary>
    public int MissingCount { get; init; } = Missing.Count;

    /// <summary>Experts with fewer copies than <c>moe.placement.replicas</c> asks for.</summary>
    public int BelowFloor { get; init; }

    /// <summary>Experts that more than one node holds.</summary>
    public int Replicated { get; } = Nodes
        .SelectMany(node => node.Experts)
        .SelectMany(layer => layer.Experts, (layer, expert) => (layer.Layer, expert))
        .GroupBy(expert => expert)
        .Count(copies => copies.Skip(1).Any());

    /// <summary>The placement that is being loaded or adopted, 0 for none.</summary>
    public long RolloutVersion { get; init; }

    /// <summary>What this front's dispatches went through, or null where it has none.</summary>
    public DispatchCounts? Dispatches { get; init; }
}

/// <summary>Counts since the front started.</summary>
/// <param name="Frames">Frames sent to expert nodes, the following two included.</param>
/// <param name="Redispatches">Sent again since a node could not answer.</param>
/// <param name="Hedges">Sent to a second node since the first was slow.</param>
/// <param name="LateAnswers">Answers that nobody needed any more.</param>
/// <param name="RecoveryWaits">Dispatches that waited for an expert without a live owner.</param>
/// <param name="Faults">Wrong answers.</param>
/// <param name="Failures">Dispatches that ended with an error.</param>
public sealed record DispatchCounts(
    long Frames, long Redispatches, long Hedges, long LateAnswers, long RecoveryWaits, long Faults, long Failures);

/// <summary>One node.</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Role">What it does: front, expert, seed.</param>
/// <param name="State">Its life cycle: loading, ready, draining.</param>
/// <param name="Address">Where the cluster reaches it.</param>
/// <param name="MemoryBudgetBytes">Bytes it may hold.</param>
/// <param name="BytesHeld">Bytes its experts occupy.</param>
/// <param name="Threads">Compute threads.</param>
/// <param name="Experts">What it holds, layer by layer.</param>
/// <param name="RowsComputed">Rows its experts have computed since it started.</param>
/// <param name="DispatchesServed">Dispatches it has answered since it started.</param>
/// <param name="QueueLength">Dispatches that wait on it now.</param>
/// <param name="Reachable">Whether the cluster's failure detector sees it.</param>
public sealed record ClusterNode(
    string Id,
    string Role,
    string State,
    string Address,
    long MemoryBudgetBytes,
    long BytesHeld,
    int Threads,
    IReadOnlyList<LayerExperts> Experts,
    long RowsComputed,
    long DispatchesServed,
    int QueueLength,
    bool Reachable)
{
    /// <summary>Experts held over all layers.</summary>
    public int ExpertsHeld { get; } = Experts.Sum(layer => layer.Experts.Count);

    /// <summary>Bytes of experts' weights a second that it computes with, as it measured; 0 while not known.</summary>
    public long ComputeBytesPerSecond { get; init; }

    /// <summary>Its share of every layer's experts by the weights that placements go by, 0..1.</summary>
    public double Share { get; init; }

    /// <summary>What it fetched from peers, or null where it had no need to.</summary>
    public FetchedWeights? Fetched { get; init; }

    /// <summary>Why it gets no experts until it restarts, or null where it may have some.</summary>
    public string? Quarantine { get; init; }

    /// <summary>Why it could not load its experts the last time, or null since it could; it tries again after a pause.</summary>
    public string? LoadError { get; init; }

    /// <summary>How often in a row it could not.</summary>
    public int LoadFailures { get; init; }
}

/// <summary>Weights that a node without a model file has fetched since it joined.</summary>
/// <param name="Bytes">Bytes that peers gave.</param>
/// <param name="Seconds">Time during which some were awaited.</param>
/// <param name="CachedBytes">Bytes that its own disk had instead.</param>
/// <param name="Resumed">How often an expert went on at the offset reached, after a peer was left.</param>
/// <param name="WrongDigests">Experts whose bytes had another SHA-256 and were fetched again.</param>
/// <param name="Sources">The peers that gave most, the most first.</param>
public sealed record FetchedWeights(
    long Bytes, double Seconds, long CachedBytes, long Resumed, long WrongDigests, IReadOnlyList<WeightsSource> Sources);

/// <summary>A peer that gave weights: how many bytes, and how long some of them were awaited.</summary>
public sealed record WeightsSource(string Peer, long Bytes, double Seconds);

/// <summary>The experts of one layer that a node holds.</summary>
public sealed record LayerExperts(int Layer, IReadOnlyList<int> Experts);

/// <summary>An expert that no live node holds.</summary>
public sealed record MissingExpert(int Layer, int Expert);

/// <summary>Tokens routed in one layer, indexed by expert.</summary>
public sealed record LayerLoad(int Layer, IReadOnlyList<long> Tokens);
