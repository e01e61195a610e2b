namespace MoE.Faults;

/// <summary>A1: SIGKILL; every expert has another holder.</summary>
internal class KillWithReplica : Scenario
{
    public override string Name => "kill-with-replica";

    public override string Fault => "SIGKILL of an expert node, every expert has a replica";

    public override int Runs => 50;

    public override ClusterShape Shape { get; } = new() { Replicas = 2 };

    public override Task InjectAsync(FaultCluster cluster) => cluster.KillAsync(cluster.Experts[0]);

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.AddExpert();
        await cluster.SettledAsync(Shape.Experts);
    }
}
