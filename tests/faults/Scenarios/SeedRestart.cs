namespace MoE.Faults;

/// <summary>A5: the seed is killed and started again on its port. Serving goes on; the new process joins the old cluster.</summary>
internal sealed class SeedRestart : Scenario
{
    private IReadOnlyList<string> _nodes = [];

    public override string Name => "seed-restart";

    public override string Fault => "SIGKILL of the seed, then a restart on the same port";

    public override int Runs => 5;

    public override ClusterShape Shape { get; } = new() { Experts = 2, Fronts = 1 };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        _nodes = (await cluster.Front.StateAsync()).NodeIds;
        await cluster.Seed.SignalAsync("KILL");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await cluster.Seed.DisposeAsync();
        using var restarted = await cluster.StartSeedAsync(Shape.Experts);
        foreach (var front in (FrontClient[])[restarted, cluster.Front])
        {
            await front.HealthyAsync();
            await front.UntilAsync(state => state.Settled(1) && state.Fronts.Count == 2 && state.NodeIds.Order().SequenceEqual(_nodes.Order()));
        }

        // The same answers through the restarted process: it is a front of the same cluster.
        var prompt = Prompt.Several(1, Tokens)[0];
        var references = new References();
        await references.AskAsync(cluster.Front, [prompt]);
        var answer = await restarted.StreamAsync(prompt, new StreamWatch());
        Contract.Holds(references.Agree(answer), $"the restarted seed answers alike: {answer.Error}");
    }
}
