namespace MoE.Faults;

/// <summary>A4: SIGSTOP, and SIGCONT before the cluster has decided anything: the node stays a member.</summary>
internal class Pause : Scenario
{
    private IReadOnlyList<string> _before = [];

    public override string Name => "pause";

    public override string Fault => "SIGSTOP of an expert node for 2 s";

    public override int Runs => 5;

    public override ClusterShape Shape { get; } = new() { Replicas = 2 };

    /// <summary>How long it lasts.</summary>
    protected virtual TimeSpan Length { get; } = TimeSpan.FromSeconds(2);

    public override async Task InjectAsync(FaultCluster cluster)
    {
        _before = (await cluster.Front.StateAsync()).NodeIds;
        var victims = VictimsIn(cluster);
        foreach (var victim in victims)
            await victim.SendAsync("STOP");
        await Task.Delay(Length);
        foreach (var victim in victims)
            await victim.SendAsync("CONT");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await cluster.SettledAsync(Shape.Experts);
        var after = (await cluster.Front.StateAsync()).NodeIds;
        Contract.Holds(after.Order().SequenceEqual(_before.Order()), $"the node stays a member: {string.Join(", ", _before)}, then {string.Join(", ", after)}");
    }

    protected virtual IReadOnlyList<MoEProcess> VictimsIn(FaultCluster cluster) => [cluster.Experts[0].Process];
}
