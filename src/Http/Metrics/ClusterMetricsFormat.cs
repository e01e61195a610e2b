using System.Globalization;

namespace MoE.Http.Metrics;

/// <summary>Writes the cluster's state: a sample per node, and per expert of each layer.</summary>
internal static class ClusterMetricsFormat
{
    private static readonly (string Name, string Type, string Help, Func<ClusterNode, double> Value)[] _node =
    [
        ("moe_node_reachable", "gauge", "Whether the failure detector sees the node.", node => node.Reachable ? 1 : 0),
        ("moe_node_ready", "gauge", "Whether the node has loaded its experts.", node => node.State == "ready" ? 1 : 0),
        ("moe_node_quarantined", "gauge", "Whether the node gets no experts until it restarts.", node => node.Quarantine is null ? 0 : 1),
        ("moe_node_load_failures", "gauge", "How often in a row the node could not load its experts.", node => node.LoadFailures),
        ("moe_node_experts", "gauge", "Experts held, over all layers.", node => node.ExpertsHeld),
        ("moe_node_held_bytes", "gauge", "Bytes of the experts held.", node => node.BytesHeld),
        ("moe_node_budget_bytes", "gauge", "Bytes the node may hold.", node => node.MemoryBudgetBytes),
        ("moe_node_compute_bytes_per_second", "gauge", "Bytes of weights a second that the node computes with, 0 while not known.", node => node.ComputeBytesPerSecond),
        ("moe_node_share", "gauge", "The node's share of the experts, 0 to 1.", node => node.Share),
        ("moe_node_queue_length", "gauge", "Dispatches that wait on the node.", node => node.QueueLength),
        ("moe_node_rows_total", "counter", "Rows the node's experts computed since it started.", node => node.RowsComputed),
        ("moe_node_dispatches_total", "counter", "Dispatches the node answered since it started.", node => node.DispatchesServed),
        ("moe_node_fetched_bytes_total", "counter", "Bytes of weights that peers gave the node since it joined.", node => node.Fetched?.Bytes ?? 0),
        ("moe_node_fetch_seconds_total", "counter", "Time during which the node awaited weights from peers.", node => node.Fetched?.Seconds ?? 0),
        ("moe_node_fetch_cached_bytes_total", "counter", "Bytes of weights that the node's own disk had instead.", node => node.Fetched?.CachedBytes ?? 0),
        ("moe_node_fetch_resumed_total", "counter", "Experts that went on at the offset reached, after a peer was left.", node => node.Fetched?.Resumed ?? 0),
        ("moe_node_fetch_wrong_digests_total", "counter", "Experts whose bytes had another SHA-256.", node => node.Fetched?.WrongDigests ?? 0),
    ];

    private static readonly (string Name, string Help, Func<DispatchCounts, long> Value)[] _dispatch =
    [
        ("moe_dispatch_frames_total", "Frames sent to expert nodes.", counts => counts.Frames),
        ("moe_dispatch_redispatches_total", "Frames sent again since a node could not answer.", counts => counts.Redispatches),
        ("moe_dispatch_hedges_total", "Frames sent to a second node since the first was slow.", counts => counts.Hedges),
        ("moe_dispatch_late_answers_total", "Answers that nobody needed any more.", counts => counts.LateAnswers),
        ("moe_dispatch_recovery_waits_total", "Dispatches that waited for an expert without a live owner.", counts => counts.RecoveryWaits),
        ("moe_dispatch_faults_total", "Wrong answers of expert nodes.", counts => counts.Faults),
        ("moe_dispatch_failures_total", "Dispatches that ended with an error.", counts => counts.Failures),
    ];

    public static void Write(PrometheusWriter writer, ClusterSnapshot cluster)
    {
        WriteDispatches(writer, cluster.Dispatches);
        writer.Single("moe_placement_version", "gauge", "Version of the placement in force.", cluster.PlacementVersion);
        writer.Single("moe_experts_missing", "gauge", "Experts without a live owner.", cluster.MissingCount);
        writer.Single("moe_experts_below_floor", "gauge", "Experts with fewer copies than moe.placement.replicas.", cluster.BelowFloor);
        writer.Single("moe_fronts", "gauge", "Nodes that take requests.", cluster.Fronts.Count);
        foreach (var (name, type, help, value) in _node)
        {
            writer.Begin(name, type, help);
            foreach (var node in cluster.Nodes)
                writer.Add(value(node), ("node", node.Id), ("role", node.Role));
        }

        WriteSources(writer, "moe_node_fetch_source_bytes_total", "Bytes of weights that the peer gave the node.", cluster, source => source.Bytes);
        WriteSources(writer, "moe_node_fetch_source_seconds_total", "Time during which the node awaited weights from the peer.", cluster, source => source.Seconds);
        writer.Begin("moe_expert_tokens_total", "counter", "Tokens routed to the expert.");
        foreach (var load in cluster.ExpertLoad)
        {
            var layer = load.Layer.ToString(CultureInfo.InvariantCulture);
            for (var expert = 0; expert < load.Tokens.Count; expert++)
                writer.Add(load.Tokens[expert], ("layer", layer), ("expert", expert.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static void WriteSources(PrometheusWriter writer, string name, string help, ClusterSnapshot cluster, Func<WeightsSource, double> value)
    {
        writer.Begin(name, "counter", help);
        foreach (var node in cluster.Nodes)
        {
            foreach (var source in node.Fetched?.Sources ?? [])
                writer.Add(value(source), ("node", node.Id), ("peer", source.Peer));
        }
    }

    private static void WriteDispatches(PrometheusWriter writer, DispatchCounts? counts)
    {
        if (counts is null)
            return;
        foreach (var (name, help, value) in _dispatch)
            writer.Single(name, "counter", help, value(counts));
    }
}
