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
        if (arguments is ["list"])
        {
            foreach (var job in FaultJob.All)
                Console.WriteLine($"{job.Name} {job.Runs}");
            return 0;
        }

        var jobs = Parse(arguments);
        if (jobs is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        Console.WriteLine(FaultRow.Head);
        var sound = true;
        foreach (var (job, runs) in jobs)
        {
            if (await job.RunAsync(runs) is not { } row)
                continue;
            Console.WriteLine(row);
            sound &= row.Wrong == 0;
        }

        return sound ? 0 : 1;
    }

    /// <returns>What is to run and how often, or null where the command line says neither.</returns>
    private static List<(FaultJob Job, int Runs)>? Parse(string[] arguments)
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

        IReadOnlyList<FaultJob> jobs = names is ["all"] ? FaultJob.All : [.. names.SelectMany(name => FaultJob.All.Where(job => job.Name == name))];
        return jobs.Count == 0 || (names is not ["all"] && jobs.Count != names.Count) ? null : [.. jobs.Select(job => (job, runs ?? job.Runs))];
    }
}
