using System.Globalization;
using System.Text;
using Akka.Actor;
using Xunit;
using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>Many seeds of a scenario. <c>MOE_SIMULATION_SEEDS</c> runs more, <c>MOE_SIMULATION_SEED</c> one, both as many from that one on.</summary>
internal static class SeedRuns
{
    /// <summary>Seeds of a scenario of random faults.</summary>
    private const int DefaultSeeds = 1000;

    /// <summary>Seeds that fail before the rest is spared.</summary>
    private const int MaxFailures = 20;

    /// <summary>Seeds that are run a second time.</summary>
    private const int Repeated = 10;

    /// <summary>Runs every seed, and fails with what the failing ones say.</summary>
    /// <param name="test">How the test's name begins.</param>
    /// <param name="scenario">What the seeds meet.</param>
    /// <param name="output">Gets what they came to.</param>
    /// <param name="seeds">How many, where the environment does not say.</param>
    public static void Run(string test, Scenario scenario, ITestOutputHelper output, int seeds = DefaultSeeds)
    {
        var system = SimulatedSystem.Create();
        var (first, count) = Variable("MOE_SIMULATION_SEED") is { } one
            ? (one, Variable("MOE_SIMULATION_SEEDS") ?? 1)
            : (1, Variable("MOE_SIMULATION_SEEDS") ?? seeds);
        var results = new List<SimulationResult>();
        var failures = new List<(int Seed, string Message)>();
        for (var seed = first; seed < first + count && failures.Count < MaxFailures; seed++)
        {
            try
            {
                results.Add(Simulation.Run(system, scenario, seed));
            }
            catch (SimulationException exception)
            {
                failures.Add((seed, exception.Message));
            }
        }

        if (results.Count > 0)
        {
            output.WriteLine(FormattableString.Invariant(
                $"{count} seeds: {results.Sum(result => result.Events)} events, {results.Sum(result => result.Served)} requests served, ")
                + FormattableString.Invariant($"{results.Sum(result => result.Failed)} failed with an error; one cluster that serves ")
                + FormattableString.Invariant($"at most {results.Max(result => result.Recovery).TotalSeconds:0.0} s after the faults"));
        }

        if (failures.Count > 0)
            Assert.Fail(Explain(system, test, scenario, failures, traceLines: count == 1 ? 100_000 : 200));
    }

    /// <summary>The same seed is the same history.</summary>
    public static void RunTwice(Scenario scenario)
    {
        var system = SimulatedSystem.Create();
        for (var seed = 1; seed <= Repeated; seed++)
            Assert.Equal(Simulation.Run(system, scenario, seed), Simulation.Run(system, scenario, seed));
    }

    /// <summary>What happened before the first failure, then every failure and the command that shows it again.</summary>
    private static string Explain(ActorSystem system, string test, Scenario scenario, List<(int Seed, string Message)> failures, int traceLines)
    {
        var text = new StringBuilder().AppendLine();
        Trace? trace = null;
        try
        {
            Simulation.Run(system, scenario, failures[0].Seed, traceLines, begun => trace = begun);
            text.AppendLine("the seed did not fail again: the simulation is not deterministic");
        }
        catch (SimulationException)
        {
            foreach (var line in trace!.Tail)
                text.AppendLine(line);
        }

        foreach (var (seed, message) in failures)
            text.AppendLine($"seed {seed}: {message}").AppendLine($"    again: MOE_SIMULATION_SEED={seed} dotnet test tests/Simulation.Tests --filter {test}");
        return text.ToString();
    }

    private static int? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
