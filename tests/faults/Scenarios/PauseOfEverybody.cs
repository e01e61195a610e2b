namespace MoE.Faults;

/// <summary>A4 of a whole cluster, as when the host of all machines is paused: whoever was stopped has missed no answer, so every node stays a member.</summary>
internal sealed class PauseOfEverybody : Pause
{
    public override string Name => "pause-of-everybody";

    public override string Fault => "SIGSTOP of every process for 6 s, where a node is given up after 1.6 s";

    public override ClusterShape Shape { get; } = new() { Replicas = 2, Overrides = "moe.membership { probe-interval = 200ms, probe-limit = 8 }" };

    protected override TimeSpan Length { get; } = TimeSpan.FromSeconds(6);

    protected override IReadOnlyList<MoEProcess> VictimsIn(FaultCluster cluster) => [cluster.Seed, .. cluster.Experts.Select(node => node.Process)];
}
