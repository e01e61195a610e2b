using System.Runtime.Serialization;

namespace MoE.Protocol;

/// <summary>Messages between the coordinator and an expert node about membership.</summary>
internal static class NodeFormats
{
    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<RegisterNode>(
            "moe.register-node.3",
            (writer, message) =>
            {
                Write(writer, message.Registration);
                ExpertSetFormat.Write(writer, message.Held);
                writer.Number("speed", message.Speed);
            },
            reader => new RegisterNode(ReadRegistration(reader), ExpertSetFormat.Read(reader, "held"), reader.Number("speed"))),
        MessageFormat.Of<NodeAccepted>(
            "moe.node-accepted.1", (writer, message) => writer.Node("node", message.Node), reader => new NodeAccepted(reader.Node("node"))),
        MessageFormat.Of<NodeLeaving>(
            "moe.node-leaving.1", (writer, message) => writer.Node("node", message.Node), reader => new NodeLeaving(reader.Node("node"))),
        MessageFormat.Of<NodeReleased>(
            "moe.node-released.1", (writer, message) => writer.Node("node", message.Node), reader => new NodeReleased(reader.Node("node"))),
        MessageFormat.Of<RegistrationRefused>("moe.registration-refused.1", WriteRefused, ReadRefused),
    ];

    public static void Write(WireWriter writer, NodeRegistration registration)
    {
        writer.Node("node", registration.Node);
        writer.Name("lane-host", registration.LaneHost, WireLimits.MaxHostBytes);
        writer.Number("lane-port", registration.LanePort, ushort.MaxValue);
        writer.Name("model-hash", registration.ModelHash, WireLimits.MaxHashBytes);
        writer.Number("wire-version", registration.WireVersion, int.MaxValue);
        writer.Name("numeric-policy", registration.NumericPolicy, WireLimits.MaxPolicyBytes);
        writer.Number("memory-budget", registration.MemoryBudgetBytes);
        writer.Number("threads", registration.Threads, int.MaxValue);
    }

    public static NodeRegistration ReadRegistration(WireReader reader) => new(
        reader.Node("node"),
        reader.Text("lane-host", WireLimits.MaxHostBytes),
        reader.Int("lane-port", ushort.MaxValue),
        reader.Text("model-hash", WireLimits.MaxHashBytes),
        reader.Int("wire-version"),
        reader.Text("numeric-policy", WireLimits.MaxPolicyBytes),
        reader.Number("memory-budget"),
        reader.Int("threads"));

    private static void WriteRefused(WireWriter writer, RegistrationRefused message)
    {
        writer.Node("node", message.Node);
        writer.Number("reason", (int)message.Reason, int.MaxValue);
        writer.Text(message.Message);
    }

    private static RegistrationRefused ReadRefused(WireReader reader)
    {
        var node = reader.Node("node");
        var reason = (RefusalReason)reader.Int("reason");
        return Enum.IsDefined(reason)
            ? new RegistrationRefused(node, reason, reader.Text("message"))
            : throw new SerializationException($"reason = {(int)reason}: unknown");
    }
}
