namespace MoE.Faults;

/// <summary>A8, A14: every expert node is told to stop and replaced, one after the other, under load. Each hands over and ends with 0.</summary>
internal sealed class RollingRestart : Scenario
{
    public override string Name => "rolling-restart";

    public override string Fault => "SIGTERM and replacement of every expert node in turn";

    public override int Runs => 5;

    public override ClusterShape Shape { get; } = new() { Experts = 2 };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        foreach (var old in cluster.Experts.ToList())
        {
            var exit = await old.Process.SignalAsync("TERM");
            Contract.Holds(exit == 0, $"the node ends with 0, not {exit}: {old.Process.Errors}");
            Contract.Holds(!old.Process.Errors.Contains("no other node could take", StringComparison.Ordinal), "it hands everything over");
            await cluster.GiveUpAsync(old);
            cluster.AddExpert();
            await cluster.SettledAsync(Shape.Experts);
        }
    }
}
