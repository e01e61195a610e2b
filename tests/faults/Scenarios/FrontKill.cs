namespace MoE.Faults;

/// <summary>A6: a front is killed. Its requests are lost with it, the only ones that are; the other front does not notice.</summary>
internal sealed class FrontKill : Scenario
{
    public override string Name => "front-kill";

    public override string Fault => "SIGKILL of another front";

    public override ClusterShape Shape { get; } = new() { Experts = 2, Fronts = 2 };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var other = cluster.FrontClients[1];
        var watch = new StreamWatch();
        var streams = Prompt.Several(4, Tokens).Select(prompt => other.StreamAsync(prompt, watch)).ToList();
        await watch.ReachedAsync(1, streams.Count);
        await cluster.KillAsync(cluster.Fronts[1]);
        var ended = await Task.WhenAll(streams);
        Contract.Holds(ended.All(answer => answer.Failed), "a client sees that its front is gone");
        await cluster.Front.UntilAsync(state => state.Fronts.Count == 2);
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.FrontClients[1].Dispose();
        cluster.FrontClients.RemoveAt(1);
        cluster.FrontClients.Add(await cluster.AddFrontAsync());
        await cluster.SettledAsync(Shape.Experts);
    }
}
