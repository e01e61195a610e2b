namespace MoE.Faults;

/// <summary>A7: networks that break, on machines in miniature.</summary>
public sealed class PartitionSpecs
{
    /// <summary>Decisions after 2 s instead of 7.</summary>
    private const string Quick = "moe.membership { probe-interval = 200ms, probe-limit = 10 }\nmoe.dispatch { deadline = 3s, recovery-timeout = 3s }";

    private static readonly Prompt s_prompt = new("And it came to pass", 40);

    [NetworkFact]
    public async Task Should_ServeOnTheSeedsSideOnly_When_TheNetworkIsSplit()
    {
        await using var cluster = await NetworkCluster.StartAsync(new NetworkShape { Fronts = 1, Experts = 3, Overrides = Quick });
        var shape = cluster.Shape;
        var (seed, other) = (cluster.Fronts[0], cluster.Fronts[1]);
        var references = new References();
        await references.AskAsync(seed, [s_prompt]);

        // The seed with one expert node against the other front with two: fewer nodes, but the seed's.
        await cluster.Network.SplitAsync(shape.Front(0), shape.Expert(1), shape.Expert(2));
        await other.UnhealthyAsync();
        await seed.UntilAsync(state => state.Nodes.Count == 1 && state.Fronts.Count == 1 && state.Settled(1));
        await seed.HealthyAsync();
        await AnswersAsync(seed, references);
        await other.CutOffAsync();

        await cluster.Network.HealAsync();
        await cluster.WholeAsync();
        foreach (var front in cluster.Fronts)
            await AnswersAsync(front, references);
    }

    [NetworkFact]
    public async Task Should_LoseOneNodeOnly_When_ALinkIsDeafOneWay()
    {
        await using var cluster = await NetworkCluster.StartAsync(new NetworkShape { Fronts = 1, Overrides = Quick });
        var seed = cluster.Fronts[0];
        var references = new References();
        await references.AskAsync(seed, [s_prompt]);
        var before = await seed.StateAsync();

        await cluster.Network.LoseAsync(from: cluster.Shape.Expert(0), to: NetworkShape.Seed(0));
        await seed.UntilAsync(state => state.Nodes.Count == 1 && state.Settled(1));
        await seed.HealthyAsync();
        await AnswersAsync(seed, references);
        var during = await seed.StateAsync();
        Assert.Equal(before.Fronts.Order(), during.Fronts.Order());
        Assert.Subset(before.NodeIds.ToHashSet(), during.NodeIds.ToHashSet());

        await cluster.Network.HealAsync();
        await seed.UntilAsync(state => state.Nodes.Count == 2 && state.Settled(1));
        await AnswersAsync(seed, references);
        Assert.Equal(before.Fronts.Order(), (await seed.StateAsync()).Fronts.Order());
    }

    private static async Task AnswersAsync(FrontClient front, References references)
    {
        var answer = await front.StreamAsync(s_prompt, new StreamWatch());
        Assert.True(references.Agree(answer), answer.Error);
    }
}
