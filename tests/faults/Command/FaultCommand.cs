using System.Globalization;

namespace MoE.Faults;

/// <summary>Runs scenarios by name and prints the table. Exit 1 where a token was wrong or a request lost.</summary>
internal static class FaultCommand
{
    private const string Usage = """
        Starts real processes, injects faults while requests are under way, and prints what became of them.

          dotnet run -c Release --project tests/faults -- all            every scenario, with the repetitions of the README's table
          dotnet run -c Release --project tests/faults -- NAME[=RUNS]…   some of them
          dotnet run -c Release --project tests/faults -- list

        With MOE_FAULTS_LOGS=1 every process's log follows each run on stderr; MOE_LOG_LEVEL=info makes them tell more.
        """;

    /// <summary>Scenarios that 'all' repeats, so that a worst case means something.</summary>
    private static readonly Dictionary<string, int> s_repetitions = new()
    {
        ["kill-with-replica"] = 50,
        ["kill-without-replica"] = 20,
        ["join"] = 10,
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var names = Catalog.All.Select(make => make().Name).Append(KillStorm.Name).ToList();
        if (arguments is ["list"])
        {
            names.ForEach(Console.WriteLine);
            return 0;
        }

        var wanted = arguments is ["all"] ? names.Select(name => (name, s_repetitions.GetValueOrDefault(name, 1))).ToList() : Parse(arguments, names);
        if (wanted is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        Console.WriteLine(FaultRow.Head);
        var sound = true;
        foreach (var (name, runs) in wanted)
        {
            var row = name == KillStorm.Name ? await KillStorm.RunAsync() : await RepeatAsync(name, runs);
            Console.WriteLine(row);
            sound &= row.Wrong == 0;
        }

        return sound ? 0 : 1;
    }

    private static async Task<FaultRow> RepeatAsync(string name, int runs)
    {
        var make = Catalog.All.Single(candidate => candidate().Name == name);
        await using var cluster = await FaultCluster.StartAsync(make().Shape);
        var references = new References();
        var outcomes = new List<Outcome>();
        var joins = new List<TimeSpan>();
        for (var run = 0; run < runs; run++)
        {
            var scenario = make();
            var outcome = await ScenarioRun.OnAsync(cluster, scenario, references);
            await Console.Error.WriteLineAsync($"{name} {run + 1}/{runs}: {outcome with { Errors = [] }} {string.Join("; ", outcome.Errors.Distinct())}");
            if (Environment.GetEnvironmentVariable("MOE_FAULTS_LOGS") is { Length: > 0 })
                await Console.Error.WriteLineAsync(cluster.Logs());
            outcomes.Add(outcome);
            if (scenario is Join join)
                joins.Add(join.ToServing);
        }

        joins.Sort();
        var note = joins.Count == 0
            ? ""
            : FormattableString.Invariant($"; start to serving {joins[joins.Count / 2].TotalSeconds:0.0} s median, {joins[^1].TotalSeconds:0.0} s worst");
        return FaultRow.Of(make().Fault, outcomes, note);
    }

    private static List<(string Name, int Runs)>? Parse(string[] arguments, List<string> names)
    {
        var wanted = new List<(string, int)>();
        foreach (var argument in arguments)
        {
            var parts = argument.Split('=');
            var runs = 1;
            if (parts.Length > 2 || !names.Contains(parts[0])
                || (parts.Length == 2 && (!int.TryParse(parts[1], CultureInfo.InvariantCulture, out runs) || runs < 1)))
                return null;
            wanted.Add((parts[0], runs));
        }

        return wanted.Count == 0 ? null : wanted;
    }
}
