using Akka.Actor;
using MoE.Host;
using MoE.Model;
using MoE.Router;

namespace MoE.Cluster.Specs;

/// <summary>Nodes come, leave, are refused, and die.</summary>
public sealed class MembershipSpecs
{
    private static readonly string s_model = Fixture.Model("olmoe/olmoe-q8_0.gguf");

    [Fact]
    public async Task Should_SpreadByBudget_When_NodesAreUnequal()
    {
        using var source = ModelSource.Open(s_model);
        var expert = source.ExpertBytes(0);
        await using var cluster = await LocalCluster.StartAsync(s_model, nodes: 1);
        var all = source.Config.NumHiddenLayers * source.Config.Router.NumExperts;
        Assert.Equal(all, (await StatusAsync(cluster)).Single().ExpertsHeld);

        await cluster.AddExpertsAsync($"moe.expert.memory-budget = {5 * expert}");
        await LocalCluster.UntilAsync(async () => (await StatusAsync(cluster)) is [{ ExpertsHeld: > 0 }, { ExpertsHeld: > 0 }] nodes
            && nodes.Sum(node => node.ExpertsHeld) == all);
        var small = (await StatusAsync(cluster)).Single(node => node.MemoryBudgetBytes == 5 * expert);
        Assert.InRange(small.ExpertsHeld, 1, 5);
        Assert.True(small.BytesHeld <= 5 * expert);
    }

    [Fact]
    public async Task Should_RefuseANode_When_ItsModelDiffers()
    {
        await using var cluster = await LocalCluster.StartAsync(s_model, nodes: 1);
        var other = await cluster.AddExpertsAsync(model: Fixture.Model("olmoe/olmoe-f16.gguf"));
        var reason = await other.GivenUp;
        Assert.Contains("hash", reason, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(cluster.Front.Node.Source.Hash, reason, StringComparison.Ordinal);
        Assert.Contains(other.Node.Source.Hash, reason, StringComparison.Ordinal);
        Assert.Single(await StatusAsync(cluster));
        Assert.True(cluster.Front.Front.Readiness.Ready);
    }

    [Fact]
    public async Task Should_RefuseAFront_When_ItStoresKeysAndValuesOtherwise()
    {
        await using var cluster = await LocalCluster.StartAsync(s_model, nodes: 1);
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var other = await cluster.AddFrontAsync("moe.engine.kv-cache-type = bf16", message =>
        {
            if (message is FrontRefused front)
                refused.TrySetResult(front.Message);
        });
        Assert.Contains("moe.engine.kv-cache-type = bf16, the cluster f32", await refused.Task.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        Assert.False(other.Front.Readiness.Ready);
        Assert.True(cluster.Front.Front.Readiness.Ready);
    }

    [Fact]
    public async Task Should_HandOverAndKeepServing_When_ANodeDrains()
    {
        await using var cluster = await LocalCluster.StartAsync(s_model, nodes: 2);
        var before = Logits(cluster);
        Assert.True(await cluster.Experts[1].DrainAsync());
        await cluster.ReadyAsync();
        Assert.Equal(before, Logits(cluster));
        var left = Assert.Single(await StatusAsync(cluster), node => node.ExpertsHeld > 0);
        Assert.Equal(cluster.Experts[0].Node.Id.Value, left.Id);
    }

    [Fact]
    public async Task Should_NameNodeLayerAndExperts_When_ANodeDiesUnderADispatch()
    {
        await using var cluster = await LocalCluster.StartAsync(s_model, nodes: 1);
        _ = Logits(cluster);
        var node = cluster.Experts[0].Node;
        await node.System.Terminate();
        var failure = Assert.Throws<ExpertsUnavailableException>(() => Logits(cluster));
        Assert.Contains("layer 0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("expert", failure.Message, StringComparison.Ordinal);
        Assert.Contains(node.Id.Value, failure.Message, StringComparison.Ordinal);
    }

    private static float[] Logits(LocalCluster cluster)
    {
        var front = cluster.Front;
        var prompt = front.Front.Engine.Tokenizer.Encode("In the beginning God created the heaven and the earth.");
        return LogitsOf.OneByOne(front.Node.Source, front.Front.MoELayers, front.Node.Pool, [prompt])[0];
    }

    private static async Task<IReadOnlyList<MoE.Http.ClusterNode>> StatusAsync(LocalCluster cluster) =>
        (await cluster.Front.Front.ClusterView.GetAsync(CancellationToken.None)).Nodes;
}
