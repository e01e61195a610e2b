namespace MoE.Faults;

/// <summary>
/// A node without a model file joins under load and fetches its experts from peers; what one of them gives meets a fault. The
/// expert comes from another peer, and nothing damaged is kept on disk or computed with.
/// </summary>
/// <param name="name">How it is called.</param>
/// <param name="fault">What the table says.</param>
/// <param name="frames">Meets one peer's ranges.</param>
/// <param name="error">What the node says of the peer.</param>
internal class FetchingJoin(string name, string fault, LaneFault frames, string error) : Join
{
    private string _cache = "";

    public override string Name => name;

    public override string Fault => fault;

    public override ClusterShape Shape { get; } = new() { Experts = 2, Proxied = ProxiedLane.Weights };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        cluster.Experts[0].Proxy!.FromNode(frames);
        await base.InjectAsync(cluster);
        Contract.Holds(frames.Hits > 0, "a range meets the fault");
        await cluster.Experts[^1].Process.LineAsync(error);
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.Experts[0].Proxy!.Heal();
        await cluster.SettledAsync(Shape.Experts + 1);
        Contract.Holds(CachedExperts.SoundIn(_cache).Count > 0, "fetched experts are kept");
        await base.AfterAsync(cluster, outcome);
    }

    protected override void Start(FaultCluster cluster) => _cache = cluster.AddExpertWithoutFile().Cache;
}
