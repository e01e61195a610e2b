namespace MoE.Faults;

/// <summary>A1: SIGKILL; every expert has another holder.</summary>
internal class KillWithReplica : Scenario
{
    public override string Name => "kill-with-replica";

    public override string Fault => "SIGKILL of an expert node, every expert has a replica";

    public override ClusterShape Shape { get; } = new() { Replicas = 2 };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var victim = cluster.Experts[0];
        await victim.Process.SignalAsync("KILL");
        await cluster.GiveUpAsync(victim);
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.AddExpert();
        await cluster.SettledAsync(Shape.Experts);
    }
}
