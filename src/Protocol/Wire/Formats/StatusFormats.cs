using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace MoE.Protocol;

/// <summary>Messages about how the cluster is doing.</summary>
internal static class StatusFormats
{
    private const int MinNodeBytes = 25;

    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<ReportNodeLoad>("moe.report-node-load.3", Write, ReadNodeLoad),
        MessageFormat.Of<ReportExpertLoad>(
            "moe.report-expert-load.1",
            (writer, message) =>
            {
                writer.Node("front", message.Front);
                writer.Number("version", message.Version);
                ExpertLoadFormat.Write(writer, message.Loads);
            },
            reader => new ReportExpertLoad(reader.Node("front"), reader.Number("version"), ExpertLoadFormat.Read(reader))),
        MessageFormat.Of<GetClusterStatus>("moe.get-cluster-status.1", (_, _) => { }, _ => new GetClusterStatus()),
        MessageFormat.Of<ClusterStatus>("moe.cluster-status.5", Write, ReadStatus),
    ];

    private static void Write(WireWriter writer, ReportNodeLoad message)
    {
        writer.Node("node", message.Node);
        writer.Number("state", (int)message.State, int.MaxValue);
        writer.Number("experts-held", message.ExpertsHeld, int.MaxValue);
        writer.Number("bytes-held", message.BytesHeld);
        writer.Number("rows-computed", message.RowsComputed);
        writer.Number("dispatches-served", message.DispatchesServed);
        writer.Number("queue-length", message.QueueLength, int.MaxValue);
        writer.Number("speed", message.Speed);
        FetchCountsFormat.Write(writer, message.Fetched);
    }

    private static ReportNodeLoad ReadNodeLoad(WireReader reader) => new(
        reader.Node("node"),
        ReadState(reader),
        reader.Int("experts-held"),
        reader.Number("bytes-held"),
        reader.Number("rows-computed"),
        reader.Number("dispatches-served"),
        reader.Int("queue-length"),
        reader.Number("speed"),
        FetchCountsFormat.Read(reader));

    private static void Write(WireWriter writer, ClusterStatus message)
    {
        writer.Number("placement-version", message.PlacementVersion);
        writer.Name("model-hash", message.ModelHash, WireLimits.MaxHashBytes);
        writer.Number("nodes", message.Nodes.Length, WireLimits.MaxNodes);
        foreach (var node in message.Nodes)
            Write(writer, node);
        writer.Number("fronts", message.Fronts.Length, WireLimits.MaxNodes);
        foreach (var front in message.Fronts)
            writer.Node("front", front);
        ExpertSetFormat.Write(writer, message.Missing);
        writer.Number("missing-count", message.MissingCount, int.MaxValue);
        ExpertLoadFormat.Write(writer, message.Loads);
        writer.Number("below-floor", message.BelowFloor, int.MaxValue);
        writer.Number("rollout-version", message.RolloutVersion);
    }

    private static ClusterStatus ReadStatus(WireReader reader)
    {
        var version = reader.Number("placement-version");
        var hash = reader.Text("model-hash", WireLimits.MaxHashBytes);
        var nodes = new NodeStatus[reader.Count("nodes", WireLimits.MaxNodes, MinNodeBytes)];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = ReadNode(reader);
        var fronts = new NodeId[reader.Count("fronts", WireLimits.MaxNodes, 1)];
        for (var i = 0; i < fronts.Length; i++)
            fronts[i] = reader.Node("front");
        return new ClusterStatus(
            version,
            hash,
            ImmutableArray.Create(nodes),
            ImmutableArray.Create(fronts),
            ExpertSetFormat.Read(reader, "missing"),
            reader.Int("missing-count"),
            ExpertLoadFormat.Read(reader),
            reader.Int("below-floor"),
            reader.Number("rollout-version"));
    }

    private static void Write(WireWriter writer, NodeStatus node)
    {
        NodeFormats.Write(writer, node.Registration);
        writer.Number("state", (int)node.State, int.MaxValue);
        ExpertSetFormat.Write(writer, node.Experts);
        writer.Number("bytes-held", node.BytesHeld);
        writer.Number("rows-computed", node.RowsComputed);
        writer.Number("dispatches-served", node.DispatchesServed);
        writer.Number("queue-length", node.QueueLength, int.MaxValue);
        writer.Number("speed", node.Speed);
        FetchCountsFormat.Write(writer, node.Fetched);
        writer.Number("weight", node.Weight);
        writer.Bool(node.Reachable);
        writer.Text(node.Quarantine);
        writer.Text(node.LoadError);
        writer.Number("load-failures", node.LoadFailures, int.MaxValue);
    }

    private static NodeStatus ReadNode(WireReader reader) => new(
        NodeFormats.ReadRegistration(reader),
        ReadState(reader),
        ExpertSetFormat.Read(reader, "experts"),
        reader.Number("bytes-held"),
        reader.Number("rows-computed"),
        reader.Number("dispatches-served"),
        reader.Int("queue-length"),
        reader.Number("speed"),
        FetchCountsFormat.Read(reader),
        reader.Number("weight"),
        reader.Bool("reachable"),
        reader.Text("quarantine"),
        reader.Text("load-error"),
        reader.Int("load-failures"));

    private static NodeState ReadState(WireReader reader)
    {
        var state = (NodeState)reader.Int("state");
        return Enum.IsDefined(state) ? state : throw new SerializationException($"state = {(int)state}: unknown");
    }
}
