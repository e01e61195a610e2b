namespace MoE.Faults;

/// <summary>What the command can run by name.</summary>
/// <param name="Name">As it is called on the command line.</param>
/// <param name="Runs">How often, where nobody says otherwise.</param>
/// <param name="RunAsync">Runs it so often; null, with the reason on stderr, where this machine cannot.</param>
internal sealed record FaultJob(string Name, int Runs, Func<int, Task<FaultRow?>> RunAsync)
{
    public static IReadOnlyList<FaultJob> All { get; } =
    [
        .. Catalog.All.Select(Of),
        .. Catalog.Network.Select(Of),
        new FaultJob(KillStorm.Name, 1, async _ => await KillStorm.RunAsync()),
    ];

    private static FaultJob Of(Func<Scenario> make) => new(make().Name, make().Runs, runs => RepeatAsync(make, runs));

    private static FaultJob Of(Func<NetworkScenario> make) => new(make().Name, NetworkScenario.Runs, runs => RepeatAsync(make, runs));

    private static async Task<FaultRow?> RepeatAsync(Func<Scenario> make, int runs)
    {
        var described = make();
        var references = new References();
        var outcomes = new List<Outcome>();
        var joins = new List<TimeSpan>();
        while (outcomes.Count < runs)
        {
            await using var cluster = await FaultCluster.StartAsync(described.Shape);
            do
            {
                var scenario = make();
                outcomes.Add(await ScenarioRun.OnAsync(cluster, scenario, references));
                await TellAsync(described.Name, outcomes, runs, cluster.Logs());
                if (scenario is Join join)
                    joins.Add(join.ToServing);
            }
            while (outcomes.Count < runs && !described.FreshCluster);
        }

        return FaultRow.Of(described.Fault, outcomes, FaultRow.Times("start to serving", joins));
    }

    private static async Task<FaultRow?> RepeatAsync(Func<NetworkScenario> make, int runs)
    {
        var described = make();
        if (Namespaces.Unavailable is { } reason)
        {
            await Console.Error.WriteLineAsync($"{described.Name}: not run, {reason}");
            return null;
        }

        var references = new References();
        var outcomes = new List<Outcome>();
        var returns = new List<TimeSpan>();
        while (outcomes.Count < runs)
        {
            var scenario = make();
            outcomes.Add(await scenario.OnceAsync(references));
            returns.Add(scenario.ToServing);
            await TellAsync($"{described.Name} ({scenario.ToServing.TotalSeconds:0.0} s to serving)", outcomes, runs, scenario.Logs);
        }

        return FaultRow.Of(described.Fault, outcomes, FaultRow.Times("network back to serving", returns));
    }

    private static async Task TellAsync(string name, List<Outcome> outcomes, int runs, string logs)
    {
        var last = outcomes[^1];
        await Console.Error.WriteLineAsync($"{name} {outcomes.Count}/{runs}: {last with { Errors = [] }} {string.Join("; ", last.Errors.Distinct())}");
        if (Environment.GetEnvironmentVariable("MOE_FAULTS_LOGS") is { Length: > 0 })
            await Console.Error.WriteLineAsync(logs);
    }
}
