using System.Globalization;

namespace MoE.Faults;

/// <summary>Runs scenarios by name and prints the table. Exit 1 where a token was wrong or a request lost.</summary>
internal static class FaultCommand
{
    private const string Usage = """
        Starts real processes, injects faults while requests are under way, and prints what became of them.

          dotnet run -c Release --project tests/faults -- all       every row of the README's table, each with its number of runs
          dotnet run -c Release --project tests/faults -- NAME…     some of them
          dotnet run -c Release --project tests/faults -- list      their names, and how often each is run

        --runs N runs each row so often instead; kill-storm is one run.
        With MOE_FAULTS_LOGS=1 every process's log follows each run on stderr; MOE_LOG_LEVEL=info makes them tell more.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var all = Catalog.All.Select(make => make()).Select(scenario => (scenario.Name, scenario.Runs)).Append((Name: KillStorm.Name, Runs: 1)).ToList();
        if (arguments is ["list"])
        {
            all.ForEach(row => Console.WriteLine($"{row.Name} {row.Runs}"));
            return 0;
        }

        var rows = Parse(arguments, all);
        if (rows is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        Console.WriteLine(FaultRow.Head);
        var sound = true;
        foreach (var (name, runs) in rows)
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
        var described = make();
        var references = new References();
        var outcomes = new List<Outcome>();
        var joins = new List<TimeSpan>();
        for (var run = 0; run < runs;)
        {
            await using var cluster = await FaultCluster.StartAsync(described.Shape);
            do
            {
                var scenario = make();
                var outcome = await ScenarioRun.OnAsync(cluster, scenario, references);
                run++;
                await Console.Error.WriteLineAsync($"{name} {run}/{runs}: {outcome with { Errors = [] }} {string.Join("; ", outcome.Errors.Distinct())}");
                if (Environment.GetEnvironmentVariable("MOE_FAULTS_LOGS") is { Length: > 0 })
                    await Console.Error.WriteLineAsync(cluster.Logs());
                outcomes.Add(outcome);
                if (scenario is Join join)
                    joins.Add(join.ToServing);
            }
            while (run < runs && !described.FreshCluster);
        }

        joins.Sort();
        var note = joins.Count == 0
            ? ""
            : FormattableString.Invariant($"; start to serving {joins[joins.Count / 2].TotalSeconds:0.0} s median, {joins[^1].TotalSeconds:0.0} s worst");
        return FaultRow.Of(described.Fault, outcomes, note);
    }

    /// <returns>What is to run and how often, or null where the command line says neither.</returns>
    private static List<(string Name, int Runs)>? Parse(string[] arguments, List<(string Name, int Runs)> all)
    {
        var names = arguments.ToList();
        int? runs = null;
        if (names.IndexOf("--runs") is var option and >= 0)
        {
            if (option + 1 == names.Count || !int.TryParse(names[option + 1], CultureInfo.InvariantCulture, out var number) || number < 1)
                return null;
            runs = number;
            names.RemoveRange(option, 2);
        }

        var rows = names is ["all"] ? all : [.. names.SelectMany(name => all.Where(row => row.Name == name))];
        return rows.Count == 0 || (names is not ["all"] && rows.Count != names.Count) ? null : [.. rows.Select(row => (row.Name, runs ?? row.Runs))];
    }
}
