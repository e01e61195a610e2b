using Akka.Configuration;

namespace MoE.Lane.Tests;

public sealed class LaneSettingsTests
{
    [Fact]
    public void Read_Reference_GivesTheDocumentedDefaults()
    {
        var settings = LaneSettings.Read(Reference());
        Assert.Equal(("127.0.0.1", "127.0.0.1", 0), (settings.Host, settings.PublicHost, settings.Port));
        Assert.Equal((256L << 20, 256L << 20), (settings.MaxFrameBytes, settings.SharedMemoryBytes));
        Assert.Equal(TimeSpan.FromSeconds(15), settings.PingTimeout);
    }

    [Fact]
    public void Read_Wildcard_TellsPeersTheNodesHost()
    {
        var settings = LaneSettings.Read(With("moe.lane.host = \"0.0.0.0\", moe.node.host = \"10.0.0.7\""));
        Assert.Equal(("0.0.0.0", "10.0.0.7"), (settings.Host, settings.PublicHost));
    }

    [Theory]
    [InlineData("unix-socket = on", true)]
    [InlineData("unix-socket = off", false)]
    [InlineData("public-port = 99", false)]
    [InlineData("public-host = \"10.0.0.9\"", false)]
    public void Read_UnixSocket_OnlyWhereNothingStandsBetween(string line, bool expected) =>
        Assert.Equal(expected, LaneSettings.Read(With($"moe.lane {{ {line} }}")).UnixSocket);

    [Theory]
    [InlineData("port = 65536", "moe.lane.port = 65536")]
    [InlineData("max-frame-bytes = 10", "moe.lane.max-frame-bytes = 10")]
    [InlineData("shared-memory-bytes = -1", "moe.lane.shared-memory-bytes = -1")]
    [InlineData("write-queue-frames = 0", "moe.lane.write-queue-frames = 0")]
    [InlineData("max-connections = 0", "moe.lane.max-connections = 0")]
    [InlineData("hello-timeout = 0s", "moe.lane.hello-timeout = 00:00:00")]
    [InlineData("ping-timeout = 5s", "moe.lane.ping-timeout = 00:00:05")]
    public void Read_OutOfRange_NamesKeyAndValue(string line, string named) =>
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => LaneSettings.Read(With($"moe.lane {{ {line} }}"))).Message, StringComparison.Ordinal);

    private static Config With(string text) => ConfigurationFactory.ParseString(text.Replace(", ", "\n", StringComparison.Ordinal)).WithFallback(Reference());

    private static Config Reference() =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "reference.conf")));
}
