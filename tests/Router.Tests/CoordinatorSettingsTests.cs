using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class CoordinatorSettingsTests
{
    [Fact]
    public void Read_Reference_GivesTheDocumentedDefaults()
    {
        var settings = CoordinatorSettings.Read(RouterSpec.Read("reference.conf"));
        Assert.Equal(new SpeedSettings(Measured: true, Change: 1.3, MaxRatio: 16), settings.Speed);
        Assert.Equal(new BalanceSettings(TimeSpan.FromSeconds(30), 1.25, 0.1, 4096, 4), settings.Balance);
        Assert.Equal(PlacementGoals.Automatic(3), settings.Goals);
        Assert.Equal(new Backoff(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)), settings.LoadRetry);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(6, 160)]
    [InlineData(7, 300)]
    [InlineData(int.MaxValue, 300)]
    public void Pause_FailuresInARow_DoublesUpToTheLongest(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new Backoff(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)).Pause(failures));

    [Theory]
    [InlineData("load-retry-min = 10m", "moe.placement.load-retry-max = 00:05:00")]
    [InlineData("replicas = 0", "moe.placement.replicas = 0")]
    [InlineData("min-nodes = 0", "moe.placement.min-nodes = 0")]
    [InlineData("balance-threshold = 0.9", "moe.placement.balance-threshold = 0.9")]
    [InlineData("balance-gain = 1", "moe.placement.balance-gain = 1")]
    [InlineData("node-speed = cores", "moe.placement.node-speed = cores")]
    [InlineData("node-speed-change = 1", "moe.placement.node-speed-change = 1")]
    [InlineData("node-speed-change = NaN", "moe.placement.node-speed-change = NaN")]
    [InlineData("node-speed-max-ratio = 0.5", "moe.placement.node-speed-max-ratio = 0.5")]
    public void Read_OutOfRange_NamesKeyAndValue(string line, string named)
    {
        var config = ConfigurationFactory.ParseString($"moe.placement {{ {line} }}").WithFallback(RouterSpec.Read("reference.conf"));
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => CoordinatorSettings.Read(config)).Message, StringComparison.Ordinal);
    }
}
