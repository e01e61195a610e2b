using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The membership's rules under split networks and dying processes: never two sides of one cluster serve, and afterwards there is
/// one cluster. <c>MOE_SIMULATION_SEEDS</c> runs more seeds, <c>MOE_SIMULATION_SEED</c> one.
/// </summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 1000;

    /// <summary>Seeds that fail before the rest is spared.</summary>
    private const int MaxFailures = 20;

    [Fact]
    public void Partitions_OfAnyShape_EndInOneCluster()
    {
        var system = SimulatedSystem.Create();
        var (first, count) = SimulationTests.Variable("MOE_SIMULATION_SEED") is { } one
            ? (one, 1)
            : (1, SimulationTests.Variable("MOE_SIMULATION_SEEDS") ?? DefaultSeeds);
        long events = 0;
        var longest = TimeSpan.Zero;
        var failures = new List<(int Seed, string Message)>();
        for (var seed = first; seed < first + count && failures.Count < MaxFailures; seed++)
        {
            try
            {
                var result = PartitionSimulation.Run(system, seed);
                events += result.Events;
                longest = result.Recovery > longest ? result.Recovery : longest;
            }
            catch (SimulationException exception)
            {
                failures.Add((seed, exception.Message));
            }
        }

        output.WriteLine($"{count} seeds: {events} events, one cluster again at most {longest.TotalSeconds:0.0} s after healing");
        if (failures.Count > 0)
            Assert.Fail(PartitionSimulation.Explain(system, failures, traceLines: count == 1 ? 100_000 : 200));
    }

    [Fact]
    public void Partition_RunTwice_GivesTheSameTrace()
    {
        var system = SimulatedSystem.Create();
        for (var seed = 1; seed <= 5; seed++)
            Assert.Equal(PartitionSimulation.Run(system, seed), PartitionSimulation.Run(system, seed));
    }
}
