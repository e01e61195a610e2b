using Akka.Configuration;

namespace MoE.ExpertActors.Tests;

public sealed class WeightsSettingsTests
{
    [Fact]
    public void Read_Reference_GivesTheDocumentedDefaults()
    {
        var settings = WeightsSettings.Read(SpecConfig.Load());
        Assert.True(settings.Serve);
        Assert.Equal((0, 0), (settings.Port, settings.PublicPort));
        Assert.Equal((65536, 16, 60), (settings.ChunkBytes, settings.WindowChunks, settings.MaxAttempts));
    }

    [Theory]
    [InlineData(1000, 0, 0, 10_000)]
    [InlineData(1000, 4000, 4000, 8000)]
    [InlineData(1000, 4000, 6000, 10_000)]
    [InlineData(1000, 4000, 4, 2000)]
    public void RangeDeadline_BytesUnderWay_IsSomeTimesWhatTheyShouldTake(long underWay, long bytes, int milliseconds, int expected) => Assert.Equal(
        TimeSpan.FromMilliseconds(expected),
        WeightsSettings.Read(SpecConfig.Load()).RangeDeadline.For(underWay, bytes, TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData("port = 65536", "moe.weights.port = 65536")]
    [InlineData("public-port = -1", "moe.weights.public-port = -1")]
    [InlineData("chunk-bytes = 10", "moe.weights.chunk-bytes = 10")]
    [InlineData("window-chunks = 0", "moe.weights.window-chunks = 0")]
    [InlineData("fetch-bytes = 0", "moe.weights.fetch-bytes = 0")]
    [InlineData("max-attempts = 0", "moe.weights.max-attempts = 0")]
    [InlineData("source-timeout = 0s", "moe.weights.source-timeout = 0s")]
    [InlineData("range-factor = 0.5", "moe.weights.range-factor = 0.5")]
    [InlineData("range-floor = 11s", "moe.weights.range-ceiling = 00:00:10")]
    [InlineData("retry-interval = 0s", "moe.weights.retry-interval = 0s")]
    public void Read_OutOfRange_NamesKeyAndValue(string line, string named)
    {
        var config = ConfigurationFactory.ParseString($"moe.weights {{ {line} }}").WithFallback(SpecConfig.Load());
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => WeightsSettings.Read(config)).Message, StringComparison.Ordinal);
    }
}
