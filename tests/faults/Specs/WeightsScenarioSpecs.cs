using System.Globalization;

namespace MoE.Faults;

/// <summary>Weights that are damaged between a peer's file and the node that fetches them.</summary>
public sealed class WeightsScenarioSpecs
{
    [Fact]
    public async Task Should_FetchFromAnother_When_ARangeIsDamaged()
    {
        await using var cluster = await FaultCluster.StartAsync(Catalog.Weights[0]().Shape);
        var references = new References();
        foreach (var make in Catalog.Weights)
        {
            var scenario = make();
            var outcome = await ScenarioRun.OnAsync(cluster, scenario, references);
            Assert.True(outcome is { Failed: 0, Wrong: 0, Lost: 0 }, $"{scenario.Name}: {outcome} {string.Join('\n', outcome.Errors)}");
        }
    }

    [Fact]
    public async Task Should_SayWhyAndKeepAndServeNothingDamaged_When_TheOnlyPeerGivesIt()
    {
        await using var cluster = await FaultCluster.StartAsync(new ClusterShape
        {
            Experts = 1,
            Proxied = ProxiedLane.Weights,
            Overrides = "moe.weights { serve = off, max-attempts = 3, retry-interval = 50ms }",
        });
        var prompts = Prompt.Several(2, 60);
        var references = new References();
        await references.AskAsync(cluster.Front, prompts);
        cluster.Experts[0].Proxy!.FromNode(new SealedFlippedBit());

        var (node, cache) = cluster.AddExpertWithoutFile();
        var wrong = await node.Process.LineAsync(@"gave wrong bytes of expert (?<layer>\d+)/(?<expert>\d+): nothing more is fetched from there");
        await node.Process.LineAsync(@"cannot hold its experts: expert .*3 attempts to fetch it failed");
        Assert.DoesNotContain((Number("layer"), Number("expert")), CachedExperts.SoundIn(cache));
        foreach (var prompt in prompts)
        {
            var answer = await cluster.Front.StreamAsync(prompt, new StreamWatch());
            Assert.True(references.Agree(answer), answer.Error);
        }

        int Number(string name) => int.Parse(wrong.Groups[name].Value, CultureInfo.InvariantCulture);
    }
}
