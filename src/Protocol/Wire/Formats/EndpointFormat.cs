namespace MoE.Protocol;

/// <summary>Where a lane listens.</summary>
internal static class EndpointFormat
{
    public const int MinBytes = 3;

    public static void Write(WireWriter writer, LaneEndpoint endpoint)
    {
        writer.Node("endpoint.node", endpoint.Node);
        writer.Name("endpoint.host", endpoint.Host, WireLimits.MaxHostBytes);
        writer.Number("endpoint.port", endpoint.Port, ushort.MaxValue);
    }

    public static LaneEndpoint Read(WireReader reader) => new(
        reader.Node("endpoint.node"), reader.Text("endpoint.host", WireLimits.MaxHostBytes), reader.Int("endpoint.port", ushort.MaxValue));
}
