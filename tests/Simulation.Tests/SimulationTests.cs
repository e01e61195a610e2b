using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The dispatch, placement and membership protocol under random faults: every request ends, what it sums is right to the last
/// bit, and afterwards there is one cluster that serves and that lets go whoever is to leave. <c>MOE_SIMULATION_SEEDS</c> runs more seeds, <c>MOE_SIMULATION_SEED</c> one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void Seeds_UnderRandomFaults_KeepEveryPromise() => SeedRuns.Run("Seeds_", Scenario.Everything, output);

    [Fact]
    public void Seed_RunTwice_GivesTheSameTrace() => SeedRuns.RunTwice(Scenario.Everything);
}
