using System.Net;

namespace MoE.Faults;

/// <summary>A12: nodes that would change bits, or speak otherwise, are kept out, and both sides say why.</summary>
public sealed class TrustSpecs
{
    private static readonly Prompt s_prompt = new("And it came to pass", 40);

    [Fact]
    public async Task Should_RefuseOnBothSides_When_ANodesModelDiffers()
    {
        await using var cluster = await FaultCluster.StartAsync(new ClusterShape { Experts = 1 });
        var references = new References();
        await references.AskAsync(cluster.Front, [s_prompt]);
        var other = cluster.AddExpert(Fixture.Model("olmoe/olmoe-q8_0.gguf"));
        var there = await other.Process.LineAsync("refused by the cluster: .*has the model with hash (?<node>[0-9a-f]+), the cluster serves (?<cluster>[0-9a-f]+)");
        Assert.NotEqual(there.Groups["node"].Value, there.Groups["cluster"].Value);
        Assert.Equal(1, await other.Process.ExitedAsync());
        await cluster.Seed.LineAsync($"refused .*{there.Groups["node"].Value}");
        await UntouchedAsync(cluster, references);
    }

    [Fact]
    public async Task Should_KeepTheLaneShutAndSayWhy_When_ANodeSpeaksAnotherWireVersion()
    {
        await using var cluster = await FaultCluster.StartAsync(new ClusterShape { Experts = 1, Proxied = ProxiedLane.Dispatches });
        var references = new References();
        await references.AskAsync(cluster.Front, [s_prompt]);
        var other = cluster.AddExpert();
        other.Proxy!.FromNode(new OtherVersion());
        other.Proxy.ToNode(new OtherVersion());
        await other.Process.LineAsync("did not become a lane.*999");
        await UntouchedAsync(cluster, references);
    }

    private static async Task UntouchedAsync(FaultCluster cluster, References references)
    {
        Assert.Equal(HttpStatusCode.OK, (await cluster.Front.GetAsync("/health")).Status);
        var answer = await cluster.Front.StreamAsync(s_prompt, new StreamWatch());
        Assert.True(references.Agree(answer), answer.Error);
    }
}
