namespace MoE.Faults;

/// <summary>What processes can suffer: the tokens are the healthy cluster's, and no request fails that need not.</summary>
public sealed class ScenarioSpecs
{
    public static TheoryData<string> Names => [.. Catalog.Processes.Select(make => make().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Should_GiveTheHealthyTokens_When_A_Process_Suffers(string name)
    {
        var scenario = Catalog.Processes.Select(make => make()).Single(made => made.Name == name);
        var outcome = await ScenarioRun.OnceAsync(scenario);
        Assert.True(outcome is { Wrong: 0, Lost: 0 } && (outcome.Failed == 0 || scenario is KillTheLast), $"{outcome} {string.Join('\n', outcome.Errors)}");
    }
}
