using System.Globalization;

namespace MoE.Http.Metrics;

/// <summary>Writes the cluster's state: a sample per node, and per expert of each layer.</summary>
internal static class ClusterMetricsFormat
{
    private static readonly (string Name, string Type, string Help, Func<ClusterNode, double> Value)[] _node =
    [
        ("moe_node_reachable", "gauge", "Whether the failure detector sees the node.", node => node.Reachable ? 1 : 0),
        ("moe_node_ready", "gauge", "Whether the node has loaded its experts.", node => node.State == "ready" ? 1 : 0),
        ("moe_node_experts", "gauge", "Experts held, over all layers.", node => node.ExpertsHeld),
        ("moe_node_held_bytes", "gauge", "Bytes of the experts held.", node => node.BytesHeld),
        ("moe_node_budget_bytes", "gauge", "Bytes the node may hold.", node => node.MemoryBudgetBytes),
        ("moe_node_queue_length", "gauge", "Dispatches that wait on the node.", node => node.QueueLength),
        ("moe_node_rows_total", "counter", "Rows the node's experts computed since it started.", node => node.RowsComputed),
        ("moe_node_dispatches_total", "counter", "Dispatches the node answered since it started.", node => node.DispatchesServed),
    ];

    public static void Write(PrometheusWriter writer, ClusterSnapshot cluster)
    {
        writer.Begin("moe_placement_version", "gauge", "Version of the placement in force.");
        writer.Add(cluster.PlacementVersion);
        writer.Begin("moe_experts_missing", "gauge", "Experts without a live owner.");
        writer.Add(cluster.MissingCount);
        writer.Begin("moe_fronts", "gauge", "Nodes that take requests.");
        writer.Add(cluster.Fronts.Count);
        foreach (var (name, type, help, value) in _node)
        {
            writer.Begin(name, type, help);
            foreach (var node in cluster.Nodes)
                writer.Add(value(node), ("node", node.Id), ("role", node.Role));
        }

        writer.Begin("moe_expert_tokens_total", "counter", "Tokens routed to the expert.");
        foreach (var load in cluster.ExpertLoad)
        {
            var layer = load.Layer.ToString(CultureInfo.InvariantCulture);
            for (var expert = 0; expert < load.Tokens.Count; expert++)
                writer.Add(load.Tokens[expert], ("layer", layer), ("expert", expert.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
