namespace MoE.Faults;

/// <summary>A7: networks that break between three seeds, on machines in miniature.</summary>
public sealed class SeedPartitionSpecs
{
    /// <summary>Decisions after 2 s instead of 10.</summary>
    private const string Quick = "moe.membership { probe-interval = 200ms, probe-limit = 10 }";

    [NetworkFact]
    public async Task Should_ServeWhereMostSeedsAre_When_TheOldestIsCutOff()
    {
        var outcome = await new OldestSeedCutOff().OnceAsync(new References(), Quick);
        Assert.True(outcome is { Failed: 0, Wrong: 0, Lost: 0 }, $"{outcome} {string.Join('\n', outcome.Errors)}");
    }

    [NetworkFact]
    public async Task Should_FormOneClusterAgain_When_TheSeedsLostEachOther()
    {
        var outcome = await new Shattered().OnceAsync(new References(), Quick);
        Assert.True(outcome is { Wrong: 0, Lost: 0 }, $"{outcome} {string.Join('\n', outcome.Errors)}");
    }
}
