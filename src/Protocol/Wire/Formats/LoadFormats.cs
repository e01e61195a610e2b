namespace MoE.Protocol;

/// <summary>Messages between the coordinator and an expert node about what the node holds.</summary>
internal static class LoadFormats
{
    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<LoadExperts>(
            "moe.load-experts.1",
            (writer, message) =>
            {
                WriteHead(writer, message.Version, message.Node);
                ExpertSetFormat.Write(writer, message.Experts);
            },
            reader => new LoadExperts(reader.Number("version"), reader.Node("node"), ExpertSetFormat.Read(reader, "experts"))),
        MessageFormat.Of<LoadProgress>(
            "moe.load-progress.1",
            (writer, message) =>
            {
                WriteHead(writer, message.Version, message.Node);
                writer.Number("loaded", message.Loaded, int.MaxValue);
                writer.Number("total", message.Total, int.MaxValue);
                writer.Number("bytes", message.Bytes);
            },
            reader => new LoadProgress(
                reader.Number("version"), reader.Node("node"), reader.Int("loaded"), reader.Int("total"), reader.Number("bytes"))),
        MessageFormat.Of<ExpertsReady>(
            "moe.experts-ready.1",
            (writer, message) =>
            {
                WriteHead(writer, message.Version, message.Node);
                writer.Number("bytes", message.Bytes);
            },
            reader => new ExpertsReady(reader.Number("version"), reader.Node("node"), reader.Number("bytes"))),
        MessageFormat.Of<LoadFailed>(
            "moe.load-failed.1",
            (writer, message) =>
            {
                WriteHead(writer, message.Version, message.Node);
                writer.Text(message.Message);
            },
            reader => new LoadFailed(reader.Number("version"), reader.Node("node"), reader.Text("message"))),
        MessageFormat.Of<ReleaseExperts>(
            "moe.release-experts.1",
            (writer, message) => WriteHead(writer, message.Version, message.Node),
            reader => new ReleaseExperts(reader.Number("version"), reader.Node("node"))),
    ];

    private static void WriteHead(WireWriter writer, long version, NodeId node)
    {
        writer.Number("version", version);
        writer.Node("node", node);
    }
}
