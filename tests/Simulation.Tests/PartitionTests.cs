using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The membership's rules under split networks and dying processes: never two sides of one cluster serve, and afterwards there is
/// one cluster. <c>MOE_SIMULATION_SEEDS</c> runs more seeds, <c>MOE_SIMULATION_SEED</c> one.
/// </summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    [Fact]
    public void Partitions_OfAnyShape_EndInOneCluster()
    {
        var system = SimulatedSystem.Create();
        long events = 0;
        var longest = TimeSpan.Zero;
        var (count, failures) = SeedRuns.Run("Partitions_", (seed, traceLines, begun) =>
        {
            var result = PartitionSimulation.Run(system, seed, traceLines, begun);
            events += result.Events;
            longest = result.Recovery > longest ? result.Recovery : longest;
        });
        output.WriteLine($"{count} seeds: {events} events, one cluster again at most {longest.TotalSeconds:0.0} s after healing");
        if (failures is not null)
            Assert.Fail(failures);
    }

    [Fact]
    public void Partition_RunTwice_GivesTheSameTrace()
    {
        var system = SimulatedSystem.Create();
        for (var seed = 1; seed <= 5; seed++)
            Assert.Equal(PartitionSimulation.Run(system, seed), PartitionSimulation.Run(system, seed));
    }
}
