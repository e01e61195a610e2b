using MoE.Kernels;
using MoE.Model;

namespace MoE.Cluster.Specs;

/// <summary>Same token, same bits: from one process, from clusters of any size, in one piece or in chunks, alone or beside others.</summary>
public sealed class BitEqualitySpecs
{
    private static readonly string[] s_texts =
    [
        "In the beginning",
        "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse",
        "The state of the Union",
        "a",
        "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer the slings and arrows",
    ];

    [Theory]
    [InlineData("olmoe/olmoe-q8_0.gguf")]
    [InlineData("mixtral/mixtral-f32.gguf")]
    [InlineData("qwen2moe/qwen2moe-q4_0.gguf")]
    [InlineData("qwen3moe-256/qwen3moe-256-q4_k_m.gguf")]
    [InlineData("qwen3moe-mixed")]
    public async Task Should_GiveTheSameBits_When_ExpertsAreSpreadOverNodes(string model)
    {
        var path = Fixture.Model(model);
        using var source = ModelSource.Open(path);
        var tokenizer = source.CreateTokenizer();
        var prompts = s_texts.Select(text => tokenizer.Encode(text)).ToArray();
        var expected = Local(source, prompts);
        for (var nodes = 1; nodes <= 3; nodes++)
        {
            // Two nodes get every batch of more than one token in halves.
            await using var cluster = await LocalCluster.StartAsync(path, nodes, $"moe.dispatch.overlap-tokens = {(nodes == 2 ? 2 : 256)}");
            var front = cluster.Front;
            Equal(expected, LogitsOf.OneByOne(source, front.Front.MoELayers, front.Node.Pool, prompts));
            Equal(expected, LogitsOf.ChunkedTogether(source, front.Front.MoELayers, front.Node.Pool, prompts));
        }
    }

    [Fact]
    public async Task Should_GiveTheSameBits_When_TheFrontHoldsExpertsToo()
    {
        var path = Fixture.Model("qwen2moe/qwen2moe-q4_0.gguf");
        using var source = ModelSource.Open(path);
        var tokenizer = source.CreateTokenizer();
        var prompts = s_texts.Select(text => tokenizer.Encode(text)).ToArray();
        await using var cluster = await LocalCluster.StartAsync(path, nodes: 1, "moe.expert.memory-budget = 1G\nmoe.placement.min-nodes = 2");
        Equal(Local(source, prompts), LogitsOf.OneByOne(source, cluster.Front.Front.MoELayers, cluster.Front.Node.Pool, prompts));
        var status = await cluster.Front.Front.ClusterView.GetAsync(CancellationToken.None);
        Assert.Equal(2, status.Nodes.Count);
        Assert.All(status.Nodes, node => Assert.True(node.ExpertsHeld > 0));
    }

    /// <summary>Answers of 64 KiB and more go through memory that both processes map, as far as there is some.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2 << 20)]
    [InlineData(64 << 20)]
    public async Task Should_GiveTheSameBits_When_LongPromptsPassThroughSharedMemory(int bytes)
    {
        using var source = ModelSource.Open(Fixture.Bundled);
        var tokenizer = source.CreateTokenizer();
        var prompts = s_texts.Select(text => tokenizer.Encode(string.Concat(Enumerable.Repeat(text + ". ", 12)))).ToArray();
        Assert.Contains(prompts, prompt => prompt.Length >= 256);
        await using var cluster = await LocalCluster.StartAsync(Fixture.Bundled, nodes: 2, $"moe.lane.shared-memory-bytes = {bytes}\nmoe.dispatch.overlap-tokens = 128");
        var front = cluster.Front;
        var expected = Local(source, prompts);
        Equal(expected, LogitsOf.OneByOne(source, front.Front.MoELayers, front.Node.Pool, prompts));
        Equal(expected, LogitsOf.ChunkedTogether(source, front.Front.MoELayers, front.Node.Pool, prompts));
    }

    [Fact]
    public async Task Should_GiveTheSameBits_When_RowsAreRoundedAndNodesDiffer()
    {
        const string Rounded = "moe.lane.activations = bf16";
        var path = Fixture.Model("qwen2moe/qwen2moe-q4_0.gguf");
        using var source = ModelSource.Open(path);
        var tokenizer = source.CreateTokenizer();
        var prompts = s_texts.Select(text => tokenizer.Encode(text)).ToArray();

        // The front's own experts are reached without a wire; then with one, on one node and on several.
        float[][] expected;
        await using (var cluster = await LocalCluster.StartAsync(path, nodes: 0, $"{Rounded}\nmoe.expert.memory-budget = 1G\nmoe.placement.min-nodes = 1"))
            expected = LogitsOf.OneByOne(source, cluster.Front.Front.MoELayers, cluster.Front.Node.Pool, prompts);
        var exact = Local(source, prompts);
        Assert.False(exact[0].AsSpan().SequenceEqual(expected[0]), "nothing was rounded");
        for (var nodes = 1; nodes <= 2; nodes++)
        {
            await using var cluster = await LocalCluster.StartAsync(path, nodes, Rounded);
            Equal(expected, LogitsOf.OneByOne(source, cluster.Front.Front.MoELayers, cluster.Front.Node.Pool, prompts));
            Equal(expected, LogitsOf.ChunkedTogether(source, cluster.Front.Front.MoELayers, cluster.Front.Node.Pool, prompts));
        }
    }

    private static float[][] Local(ModelSource source, int[][] prompts)
    {
        using var pool = new ComputePool(2, "local");
        using var factory = new LocalMoELayerFactory(source, pool);
        var expected = LogitsOf.OneByOne(source, factory, pool, prompts);
        Assert.All(expected, logits => Assert.All(logits, logit => Assert.True(float.IsFinite(logit))));
        Equal(expected, LogitsOf.ChunkedTogether(source, factory, pool, prompts));
        return expected;
    }

    private static void Equal(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var p = 0; p < expected.Length; p++)
            Assert.True(expected[p].AsSpan().SequenceEqual(actual[p]), $"prompt {p}: logits differ");
    }
}
