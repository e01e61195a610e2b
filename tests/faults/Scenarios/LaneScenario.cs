namespace MoE.Faults;

/// <summary>A9, A10, A11: a fault of the connection between the front and one node, whose experts another node holds too.</summary>
internal abstract class LaneScenario : Scenario
{
    private readonly LaneFault _fault;
    private readonly bool _fromNode;

    /// <param name="fault">Meets the frames.</param>
    /// <param name="fromNode">The node's answers, or else the rows that it is sent.</param>
    protected LaneScenario(LaneFault fault, bool fromNode = true)
    {
        _fault = fault;
        _fromNode = fromNode;
    }

    public override ClusterShape Shape { get; } = new() { Experts = 2, Replicas = 2, Proxied = true };

    /// <summary>Whether the front must have dropped the connection.</summary>
    protected virtual bool Cuts => false;

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var proxy = cluster.Experts[0].Proxy!;
        var cuts = proxy.Cuts;
        if (_fromNode)
            proxy.FromNode(_fault);
        else
            proxy.ToNode(_fault);
        await Until.TrueAsync(() => _fault.Hits > 0, "a frame meets the fault");
        if (Cuts)
            await Until.TrueAsync(() => proxy.Cuts > cuts, "the connection is dropped");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.Experts[0].Proxy!.Heal();
        await cluster.SettledAsync(Shape.Experts);
    }
}
