namespace MoE.Faults;

/// <summary>A4: SIGSTOP until the cluster has given the node up, then SIGCONT: it joins again as a new node.</summary>
internal sealed class Hang : Scenario
{
    private IReadOnlyList<string> _before = [];

    public override string Name => "hang";

    public override string Fault => "SIGSTOP of an expert node until it is given up, then SIGCONT";

    public override int Runs => 5;

    public override ClusterShape Shape { get; } = new() { Replicas = 2, Overrides = "moe.membership { probe-interval = 200ms, probe-limit = 8 }" };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        _before = (await cluster.Front.StateAsync()).NodeIds;
        await cluster.Experts[0].Process.SendAsync("STOP");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await cluster.Front.UntilAsync(state => state.Nodes.Count == Shape.Experts - 1);
        await cluster.Experts[0].Process.SendAsync("CONT");
        await cluster.SettledAsync(Shape.Experts);
        var after = (await cluster.Front.StateAsync()).NodeIds;
        Contract.Holds(after.Except(_before).Count() == 1, $"the node joined as a new one: {string.Join(", ", _before)}, then {string.Join(", ", after)}");
    }
}
