using System.Globalization;
using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The dispatch, placement and membership protocol under random faults: every request ends, what it sums is right to the last
/// bit, and afterwards the system serves again. <c>MOE_SIMULATION_SEEDS</c> runs more seeds, <c>MOE_SIMULATION_SEED</c> one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 1000;

    /// <summary>Seeds that fail before the rest is spared.</summary>
    private const int MaxFailures = 20;

    [Fact]
    public void Seeds_UnderRandomFaults_KeepEveryPromise()
    {
        var system = SimulatedSystem.Create();
        var (first, count) = Variable("MOE_SIMULATION_SEED") is { } one
            ? (one, 1)
            : (1, Variable("MOE_SIMULATION_SEEDS") ?? DefaultSeeds);
        long events = 0, served = 0, failed = 0;
        var failures = new List<(int Seed, string Message)>();
        for (var seed = first; seed < first + count && failures.Count < MaxFailures; seed++)
        {
            try
            {
                var result = Simulation.Run(system, seed);
                events += result.Events;
                served += result.Served;
                failed += result.Failed;
            }
            catch (SimulationException exception)
            {
                failures.Add((seed, exception.Message));
            }
        }

        output.WriteLine($"{count} seeds: {events} events, {served} requests served, {failed} failed with an error");
        if (failures.Count > 0)
            Assert.Fail(Simulation.Explain(system, failures, traceLines: count == 1 ? 100_000 : 200));
    }

    [Fact]
    public void Seed_RunTwice_GivesTheSameTrace()
    {
        var system = SimulatedSystem.Create();
        for (var seed = 1; seed <= 10; seed++)
            Assert.Equal(Simulation.Run(system, seed), Simulation.Run(system, seed));
    }

    internal static int? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
