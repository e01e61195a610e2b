using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace MoE.Protocol;

/// <summary>
/// A placement: its nodes by name, then the experts grouped by the nodes that hold them, in order of each group's first
/// expert. Experts of a group share one array of replicas once read.
/// </summary>
internal static class PlacementFormat
{
    private const int MinGroupBytes = 5;

    public static void Write(WireWriter writer, ExpertPlacement placement)
    {
        writer.Number("placement.version", placement.Version);
        writer.Number("placement.nodes", placement.Nodes.Count, WireLimits.MaxNodes);
        foreach (var node in placement.Nodes)
            writer.Node("placement.node", node);

        var groups = Groups(placement);
        writer.Number("placement.groups", groups.Count);
        foreach (var experts in groups)
        {
            var replicas = placement.ReplicasOf(experts[0]);
            writer.Number("placement.replicas", replicas.Length, WireLimits.MaxReplicas);
            foreach (var node in replicas)
                writer.Number("placement.replica", placement.Nodes.IndexOf(node));
            ExpertSetFormat.Write(writer, experts);
        }
    }

    public static ExpertPlacement Read(WireReader reader)
    {
        var version = reader.Number("placement.version");
        var nodes = new NodeId[reader.Count("placement.nodes", WireLimits.MaxNodes, 1)];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = reader.Node("placement.node");

        var placed = new Dictionary<ExpertId, ImmutableArray<NodeId>>();
        var groups = reader.Count("placement.groups", WireLimits.MaxExperts, MinGroupBytes);
        for (var group = 0; group < groups; group++)
        {
            var replicas = ReadReplicas(reader, nodes);
            foreach (var expert in ExpertSetFormat.Read(reader, "placement.experts"))
            {
                if (!placed.TryAdd(expert, replicas))
                    throw new SerializationException($"placement: expert {expert} twice");
            }
        }

        return ExpertPlacement.Create(version, placed);
    }

    private static List<List<ExpertId>> Groups(ExpertPlacement placement)
    {
        var groups = new List<List<ExpertId>>();
        var groupOf = new Dictionary<string, List<ExpertId>>(StringComparer.Ordinal);
        foreach (var expert in placement.Experts)
        {
            var key = string.Join(',', placement.ReplicasOf(expert).Select(node => placement.Nodes.IndexOf(node)));
            if (!groupOf.TryGetValue(key, out var group))
            {
                groupOf.Add(key, group = []);
                groups.Add(group);
            }

            group.Add(expert);
        }

        return groups;
    }

    private static ImmutableArray<NodeId> ReadReplicas(WireReader reader, NodeId[] nodes)
    {
        var count = reader.Count("placement.replicas", WireLimits.MaxReplicas, 1);
        if (count == 0)
            throw new SerializationException("placement: experts without a node");
        var replicas = new NodeId[count];
        for (var i = 0; i < count; i++)
        {
            var index = reader.Int("placement.replica");
            if (index >= nodes.Length)
                throw new SerializationException($"placement.replica = {index}: there are {nodes.Length} nodes");
            if (replicas.AsSpan(0, i).Contains(nodes[index]))
                throw new SerializationException($"placement: {nodes[index]} twice among the replicas of an expert");
            replicas[i] = nodes[index];
        }

        return ImmutableArray.Create(replicas);
    }
}
