namespace MoE.Faults;

/// <summary>A9, A10, A11: a fault of the connection between the front and one node, whose experts another node holds too.</summary>
/// <param name="name">How it is called.</param>
/// <param name="fault">What the table says.</param>
/// <param name="frames">Meets the frames.</param>
/// <param name="fromNode">The node's answers, or else the rows that it is sent.</param>
/// <param name="cuts">Whether the front must have dropped the connection.</param>
internal class LaneScenario(string name, string fault, LaneFault frames, bool fromNode = true, bool cuts = false) : Scenario
{
    public override string Name => name;

    public override string Fault => fault;

    public override bool FreshCluster => frames.Slows;

    public override ClusterShape Shape { get; } = new() { Experts = 2, Replicas = 2, Proxied = ProxiedLane.Dispatches };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var proxy = cluster.Experts[0].Proxy!;
        var before = proxy.Cuts;
        if (fromNode)
            proxy.FromNode(frames);
        else
            proxy.ToNode(frames);
        await Until.TrueAsync(() => frames.Hits > 0, "a frame meets the fault");
        if (cuts)
            await Until.TrueAsync(() => proxy.Cuts > before, "the connection is dropped");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.Experts[0].Proxy!.Heal();
        await cluster.SettledAsync(Shape.Experts);
    }
}

/// <summary>A9: a node that answers late. Where no stream stood still for so long, another was asked, and the metrics say so.</summary>
internal sealed class SlowLane() : LaneScenario("lane-slow", "a node answers 200 ms later", new Delay(s_late))
{
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(200);

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await base.AfterAsync(cluster, outcome);
        Contract.Holds(
            outcome.Stall >= s_late || await cluster.Front.MetricAsync("moe_dispatch_hedges_total") > 0,
            $"the metrics show that a second node was asked: {outcome}");
    }
}

/// <summary>A11: the checksum is right, the answer is not. Its node gets no more work until it is replaced.</summary>
internal sealed class WrongAnswer(string name, string fault, LaneFault frames) : LaneScenario(name, fault, frames)
{
    public override async Task InjectAsync(FaultCluster cluster)
    {
        await base.InjectAsync(cluster);
        await cluster.Front.UntilAsync(state => state.Nodes.Any(node => node["quarantine"] is not null));
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await cluster.GiveUpAsync(cluster.Experts[0]);
        cluster.AddExpert();
        await cluster.SettledAsync(Shape.Experts);
    }
}
