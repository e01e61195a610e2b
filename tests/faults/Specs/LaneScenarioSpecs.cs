namespace MoE.Faults;

/// <summary>What the connection to one node can suffer: the tokens are the healthy cluster's, and no request fails.</summary>
public sealed class LaneScenarioSpecs
{
    [Fact]
    public async Task Should_GiveTheHealthyTokens_When_A_Connection_Suffers()
    {
        await using var cluster = await FaultCluster.StartAsync(Catalog.Lane[0]().Shape);
        var references = new References();
        foreach (var make in Catalog.Lane)
        {
            var scenario = make();
            var outcome = await ScenarioRun.OnAsync(cluster, scenario, references);
            Assert.True(outcome is { Failed: 0, Wrong: 0, Lost: 0 }, $"{scenario.Name}: {outcome} {string.Join('\n', outcome.Errors)}\n{cluster.Logs()}");
        }
    }
}
