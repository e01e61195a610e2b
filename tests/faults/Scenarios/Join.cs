using System.Diagnostics;

namespace MoE.Faults;

/// <summary>A node joins under load and takes its share without a pause.</summary>
internal class Join : Scenario
{
    public override string Name => "join";

    public override string Fault => "a further expert node joins";

    public override ClusterShape Shape { get; } = new() { Experts = 2 };

    /// <summary>From the start of the process to the moment that it has computed rows.</summary>
    public TimeSpan ToServing { get; private set; }

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var before = (await cluster.Front.StateAsync()).NodeIds;
        var started = Stopwatch.GetTimestamp();
        Start(cluster);
        await cluster.Front.UntilAsync(state => state.Nodes.Any(node =>
            !before.Contains(node["id"]!.GetValue<string>()) && node["rows_computed"]!.GetValue<long>() > 0));
        ToServing = Stopwatch.GetElapsedTime(started);
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        var joined = cluster.Experts[^1];
        var exit = await joined.Process.SignalAsync("TERM");
        Contract.Holds(exit == 0, $"the node ends with 0, not {exit}: {joined.Process.Errors}");
        await cluster.GiveUpAsync(joined);
        await cluster.SettledAsync(Shape.Experts);
    }

    protected virtual void Start(FaultCluster cluster) => cluster.AddExpert();
}
