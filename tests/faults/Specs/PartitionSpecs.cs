using System.Net;

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
        await using var cluster = await NetworkCluster.StartAsync(experts: 3, Quick);
        var references = new References();
        await references.AskAsync(cluster.SeedFront, [s_prompt]);

        // The seed with one expert node against the other front with two: fewer nodes, but the seed's.
        await cluster.Network.SplitAsync(NetworkCluster.FrontMachine, NetworkCluster.FirstExpertMachine + 1, NetworkCluster.FirstExpertMachine + 2);
        var reason = await cluster.OtherFront.UnhealthyAsync();
        await cluster.SeedFront.UntilAsync(state => state.Nodes.Count == 1 && state.Fronts.Count == 1 && state.Settled(1));
        await cluster.SeedFront.HealthyAsync();
        await AnswersAsync(cluster.SeedFront, references);
        await UntilCutOffAsync(cluster.OtherFront);
        Assert.True((await cluster.OtherFront.GetAsync("/livez")).Status == HttpStatusCode.OK, reason);
        using (var refused = await cluster.OtherFront.CompleteAsync(s_prompt))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await cluster.Network.HealAsync();
        foreach (var front in (FrontClient[])[cluster.SeedFront, cluster.OtherFront])
        {
            await front.UntilAsync(state => state.Nodes.Count == 3 && state.Fronts.Count == 2 && state.Settled(1));
            await front.HealthyAsync();
            await AnswersAsync(front, references);
        }
    }

    [NetworkFact]
    public async Task Should_LoseOneNodeOnly_When_ALinkIsDeafOneWay()
    {
        await using var cluster = await NetworkCluster.StartAsync(experts: 2, Quick);
        var references = new References();
        await references.AskAsync(cluster.SeedFront, [s_prompt]);
        var before = await cluster.SeedFront.StateAsync();

        await cluster.Network.LoseAsync(from: NetworkCluster.FirstExpertMachine, to: NetworkCluster.SeedMachine);
        await cluster.SeedFront.UntilAsync(state => state.Nodes.Count == 1 && state.Settled(1));
        await cluster.SeedFront.HealthyAsync();
        await AnswersAsync(cluster.SeedFront, references);
        var during = await cluster.SeedFront.StateAsync();
        Assert.Equal(before.Fronts.Order(), during.Fronts.Order());
        Assert.Subset(before.NodeIds.ToHashSet(), during.NodeIds.ToHashSet());

        await cluster.Network.HealAsync();
        await cluster.SeedFront.UntilAsync(state => state.Nodes.Count == 2 && state.Settled(1));
        await AnswersAsync(cluster.SeedFront, references);
        Assert.Equal(before.Fronts.Order(), (await cluster.SeedFront.StateAsync()).Fronts.Order());
    }

    private static async Task AnswersAsync(FrontClient front, References references)
    {
        var answer = await front.StreamAsync(s_prompt, new StreamWatch());
        Assert.True(references.Agree(answer), answer.Error);
    }

    private static Task UntilCutOffAsync(FrontClient front) => front.UntilTextAsync("/health", "cut off");
}
