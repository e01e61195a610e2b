using System.Globalization;
using System.Text;

namespace MoE.Simulation.Tests;

/// <summary>Runs one seed.</summary>
/// <param name="seed">The seed.</param>
/// <param name="traceLines">Lines of the trace to keep.</param>
/// <param name="begun">Gets the trace before anything can fail.</param>
/// <exception cref="SimulationException">A promise was broken.</exception>
internal delegate void SeedRun(int seed, int traceLines, Action<Trace> begun);

/// <summary>Many seeds of a simulation. <c>MOE_SIMULATION_SEEDS</c> runs more, <c>MOE_SIMULATION_SEED</c> one.</summary>
internal static class SeedRuns
{
    private const int DefaultSeeds = 1000;

    /// <summary>Seeds that fail before the rest is spared.</summary>
    private const int MaxFailures = 20;

    /// <param name="test">How the test's name begins.</param>
    /// <param name="run">Runs one seed.</param>
    /// <returns>How many seeds were to run, and what failed, or null.</returns>
    public static (int Count, string? Failures) Run(string test, SeedRun run)
    {
        var (first, count) = Variable("MOE_SIMULATION_SEED") is { } one
            ? (one, 1)
            : (1, Variable("MOE_SIMULATION_SEEDS") ?? DefaultSeeds);
        var failures = new List<(int Seed, string Message)>();
        for (var seed = first; seed < first + count && failures.Count < MaxFailures; seed++)
        {
            try
            {
                run(seed, 0, _ => { });
            }
            catch (SimulationException exception)
            {
                failures.Add((seed, exception.Message));
            }
        }

        return (count, failures.Count > 0 ? Explain(test, run, failures, traceLines: count == 1 ? 100_000 : 200) : null);
    }

    /// <summary>What happened before the first failure, then every failure and the command that shows it again.</summary>
    private static string Explain(string test, SeedRun run, List<(int Seed, string Message)> failures, int traceLines)
    {
        var text = new StringBuilder().AppendLine();
        Trace? trace = null;
        try
        {
            run(failures[0].Seed, traceLines, begun => trace = begun);
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
