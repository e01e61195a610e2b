using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>Messages between the coordinator and a front about the placement.</summary>
internal static class PublishFormats
{
    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<PublishPlacement>("moe.publish-placement.1", Write, Read),
        MessageFormat.Of<PlacementAdopted>(
            "moe.placement-adopted.1",
            (writer, message) =>
            {
                writer.Number("version", message.Version);
                writer.Node("node", message.Node);
            },
            reader => new PlacementAdopted(reader.Number("version"), reader.Node("node"))),
        MessageFormat.Of<PlacementImpossible>(
            "moe.placement-impossible.1",
            (writer, message) =>
            {
                writer.Number("version", message.Version);
                writer.Text(message.Reason);
            },
            reader => new PlacementImpossible(reader.Number("version"), reader.Text("reason"))),
        MessageFormat.Of<PlacementPending>(
            "moe.placement-pending.1",
            (writer, message) => writer.Text(message.Reason),
            reader => new PlacementPending(reader.Text("reason"))),
        MessageFormat.Of<ReportNodeFault>(
            "moe.report-node-fault.1",
            (writer, message) =>
            {
                writer.Node("front", message.Front);
                writer.Node("node", message.Node);
                writer.Text(message.Reason);
            },
            reader => new ReportNodeFault(reader.Node("front"), reader.Node("node"), reader.Text("reason"))),
    ];

    private static void Write(WireWriter writer, PublishPlacement message)
    {
        PlacementFormat.Write(writer, message.Placement);
        writer.Number("endpoints", message.Endpoints.Length, WireLimits.MaxNodes);
        foreach (var endpoint in message.Endpoints)
            EndpointFormat.Write(writer, endpoint);
    }

    private static PublishPlacement Read(WireReader reader)
    {
        var placement = PlacementFormat.Read(reader);
        var endpoints = new LaneEndpoint[reader.Count("endpoints", WireLimits.MaxNodes, EndpointFormat.MinBytes)];
        for (var i = 0; i < endpoints.Length; i++)
            endpoints[i] = EndpointFormat.Read(reader);
        return new PublishPlacement(placement, ImmutableArray.Create(endpoints));
    }
}
