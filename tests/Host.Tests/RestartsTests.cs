using MoE.Protocol;

namespace MoE.Host.Tests;

/// <summary>Whether and when <c>moe up</c> starts an expert process again.</summary>
public sealed class RestartsTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(3);
    private readonly Restarts _restarts = new(new RestartSettings(
        3, new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)), TimeSpan.FromMinutes(1)));

    [Fact]
    public void Next_DeathsInARow_PauseLongerUntilTheBound()
    {
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => _restarts.Next(137, s_short).Pause!.Value.TotalSeconds));
        Assert.Equal((null, "3 restart(s) did not help (moe.up.max-restarts)"), _restarts.Next(137, s_short));
    }

    [Fact]
    public void Next_AProcessThatRanLong_BeginsANewRow()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal((TimeSpan.FromSeconds(1), "restart 1 of 3"), _restarts.Next(134, TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(CommandRunner.Failed)]
    [InlineData(CommandRunner.BadInput)]
    public void Next_AnOrderlyEnd_IsNotUndone(int exitCode) => Assert.Null(_restarts.Next(exitCode, s_short).Pause);

    [Fact]
    public void Read_Reference_GivesTheDocumentedDefaults() => Assert.Equal(
        new RestartSettings(5, new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)), TimeSpan.FromMinutes(1)),
        RestartSettings.Read(ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string>())));
}
