using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>Stories that chance seldom tells, each for a rule that nothing else needs; the seeds vary when, and how many.</summary>
public sealed class ScriptTests(ITestOutputHelper output)
{
    private const int Seeds = 60;

    [Fact]
    public void MinorityOfSeeds_CutOffForLong_Waits() => Run("MinorityOfSeeds_", new MinorityOfSeeds());

    [Fact]
    public void Seed_ThatLosesOthersOneByOne_GoesAlone() => Run("Seed_ThatLoses", new SeedsLostOneByOne());

    [Fact]
    public void Seed_RestartedWhileCutOff_JoinsTheClusterThatServed() => Run("Seed_Restarted", new SeedRestartsCutOff());

    [Fact]
    public void FormerCoordinator_ThatGoesOn_IsNotFollowed() => Run("FormerCoordinator_", new FormerCoordinator());

    [Fact]
    public void Front_AheadOfItsCoordinator_DoesNotGoBack() => Run("Front_Ahead", new FrontAhead());

    [Fact]
    public void Everybody_Paused_Stays() => Run("Everybody_Paused", new EverybodyPauses());

    [Fact]
    public void Everybody_Restarted_IsOneClusterAgain() => Run("Everybody_Restarted", new EverybodyRestarts());

    [Fact]
    public void Process_RestartedWhileItJoins_IsOneMember() => Run("Process_", new RestartedWhileItJoins());

    [Fact]
    public void Seed_ThatChangesSides_LetsOneSideGoOn() => Run("Seed_ThatChanges", new SeedChangesSides());

    [Fact]
    public void Nodes_ToldToEnd_GoWhateverElseGoesWrong() => Run("Nodes_", new NodesLeave());

    private void Run(string test, Scenario scenario) => SeedRuns.Run(test, scenario, output, Seeds);
}
