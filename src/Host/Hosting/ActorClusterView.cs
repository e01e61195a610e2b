using Akka.Actor;
using MoE.Http;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>The cluster as its coordinator sees it, for <c>/cluster</c>.</summary>
internal sealed class ActorClusterView(Func<ClusterNode> membership, string modelId, FrontReadiness readiness, DispatchMetrics metrics) : IClusterView
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    public async Task<ClusterSnapshot> GetAsync(CancellationToken cancellationToken)
    {
        var node = membership();
        try
        {
            var status = await node.Locator.Ask<ClusterStatus>(new GetClusterStatus(), s_timeout, cancellationToken).ConfigureAwait(false);
            return Snapshot(status);
        }
        catch (AskTimeoutException)
        {
            // No coordinator right now: serving goes on without one, and the picture says what this front knows.
            return new ClusterSnapshot(modelId, 0, [], [node.Id.Value], [], []) { NotReady = readiness.Reason, Dispatches = Dispatches() };
        }
    }

    private ClusterSnapshot Snapshot(ClusterStatus status) => Snapshot(status, status.Nodes.Sum(node => (double)node.Weight));

    private ClusterSnapshot Snapshot(ClusterStatus status, double weights) => new(
        modelId,
        status.PlacementVersion,
        [.. status.Nodes.Select(node => Node(node, weights))],
        [.. status.Fronts.Select(front => front.Value)],
        [.. status.Missing.Select(expert => new MissingExpert(expert.Layer, expert.Expert))],
        [.. status.Loads.GroupBy(load => load.Expert.Layer).Select(Load)])
    {
        NotReady = readiness.Reason,
        MissingCount = status.MissingCount,
        BelowFloor = status.BelowFloor,
        RolloutVersion = status.RolloutVersion,
        Dispatches = Dispatches(),
    };

    private DispatchCounts Dispatches() => new(
        metrics.Frames, metrics.Redispatches, metrics.Hedges, metrics.LateAnswers, metrics.RecoveryWaits, metrics.Faults, metrics.Failures);

    private static Http.ClusterNode Node(NodeStatus status, double weights) => new(
        status.Registration.Node.Value,
        "expert",
        status.State.ToString().ToLowerInvariant(),
        $"{status.Registration.LaneHost}:{status.Registration.LanePort}",
        status.Registration.MemoryBudgetBytes,
        status.BytesHeld,
        status.Registration.Threads,
        [.. status.Experts.GroupBy(expert => expert.Layer).Select(layer => new LayerExperts(layer.Key, [.. layer.Select(expert => expert.Expert)]))],
        status.RowsComputed,
        status.DispatchesServed,
        status.QueueLength,
        status.Reachable)
    {
        ComputeBytesPerSecond = status.Speed,
        Share = weights > 0 ? status.Weight / weights : 0,
        Fetched = status.Fetched is { Bytes: 0, CachedBytes: 0 } ? null : Fetched(status.Fetched),
        Quarantine = status.Quarantine is { Length: > 0 } reason ? reason : null,
        LoadError = status.LoadError is { Length: > 0 } error ? error : null,
        LoadFailures = status.LoadFailures,
    };

    private static FetchedWeights Fetched(FetchCounts counts) => new(
        counts.Bytes,
        counts.Milliseconds / 1000.0,
        counts.CachedBytes,
        counts.Resumed,
        counts.WrongDigests,
        [.. counts.Sources.Select(source => new WeightsSource(source.Peer.Value, source.Bytes, source.Milliseconds / 1000.0))]);

    private LayerLoad Load(IGrouping<int, ExpertLoad> layer)
    {
        var tokens = new long[membership().Source.Config.Router.NumExperts];
        foreach (var load in layer)
            tokens[load.Expert.Expert] = load.Tokens;
        return new LayerLoad(layer.Key, tokens);
    }
}
