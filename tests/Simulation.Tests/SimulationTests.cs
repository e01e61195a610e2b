using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The dispatch, placement and membership protocol under random faults: every request ends, what it sums is right to the last
/// bit, and afterwards the system serves again. <c>MOE_SIMULATION_SEEDS</c> runs more seeds, <c>MOE_SIMULATION_SEED</c> one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void Seeds_UnderRandomFaults_KeepEveryPromise()
    {
        var system = SimulatedSystem.Create();
        long events = 0, served = 0, failed = 0;
        var (count, failures) = SeedRuns.Run("Seeds_", (seed, traceLines, begun) =>
        {
            var result = Simulation.Run(system, seed, traceLines, begun);
            events += result.Events;
            served += result.Served;
            failed += result.Failed;
        });
        output.WriteLine($"{count} seeds: {events} events, {served} requests served, {failed} failed with an error");
        if (failures is not null)
            Assert.Fail(failures);
    }

    [Fact]
    public void Seed_RunTwice_GivesTheSameTrace()
    {
        var system = SimulatedSystem.Create();
        for (var seed = 1; seed <= 10; seed++)
            Assert.Equal(Simulation.Run(system, seed), Simulation.Run(system, seed));
    }
}
