namespace MoE.Protocol;

/// <summary>Messages between the coordinator and a front about membership.</summary>
internal static class FrontFormats
{
    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<RegisterFront>("moe.register-front.3", WriteRegister, ReadRegister),
        MessageFormat.Of<FrontAccepted>(
            "moe.front-accepted.1", (writer, message) => writer.Node("node", message.Node), reader => new FrontAccepted(reader.Node("node"))),
    ];

    private static void WriteRegister(WireWriter writer, RegisterFront message)
    {
        writer.Node("node", message.Node);
        writer.Name("model-hash", message.ModelHash, WireLimits.MaxHashBytes);
        writer.Number("wire-version", message.WireVersion, int.MaxValue);
        writer.Name("numeric-policy", message.NumericPolicy, WireLimits.MaxPolicyBytes);
        writer.Name("kv-cache-type", message.KvCacheType, WireLimits.MaxPolicyBytes);
        PlacementFormat.Write(writer, message.Placement);
    }

    private static RegisterFront ReadRegister(WireReader reader) => new(
        reader.Node("node"),
        reader.Text("model-hash", WireLimits.MaxHashBytes),
        reader.Int("wire-version"),
        reader.Text("numeric-policy", WireLimits.MaxPolicyBytes),
        reader.Text("kv-cache-type", WireLimits.MaxPolicyBytes),
        PlacementFormat.Read(reader));
}
