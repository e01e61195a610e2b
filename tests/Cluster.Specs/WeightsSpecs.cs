using MoE.ExpertActors;
using MoE.Host;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Cluster.Specs;

/// <summary>Expert nodes without a model file: their experts come from peers, by range, and stay on their disk.</summary>
public sealed class WeightsSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-weights-").FullName;

    public static TheoryData<string> Models =>
    [
        "olmoe/olmoe-q8_0.gguf",
        "mixtral/mixtral-f32.gguf",
        "qwen3moe-256/qwen3moe-256-q4_k_m.gguf",
        "qwen3moe-mixed",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Should_GiveTheSameBits_When_OnlyTheSeedHasTheFile(string model)
    {
        var path = Fixture.Model(model);
        await using var cluster = await LocalCluster.StartAsync(path, 2, FromPeers("a"));
        Assert.Equal(Expected(path), Logits(cluster));
        Assert.All(cluster.Experts, expert => Assert.False(expert.Node.Core.HasFile));
        using var source = ModelSource.Open(path);
        Assert.Equal(Experts(source), Files("a").Length);
        var stored = Stored(source);
        await LocalCluster.UntilAsync(async () => (await FetchedAsync(cluster)).Sum(fetched => fetched.Bytes) >= stored);
        Assert.All(await FetchedAsync(cluster), fetched => Assert.Equal(fetched.Bytes, fetched.Sources.Sum(peer => peer.Bytes)));
    }

    [Fact]
    public async Task Should_AskNobody_When_ItsCacheHasTheExperts()
    {
        var path = Fixture.Model("olmoe/olmoe-q8_0.gguf");
        await using (await LocalCluster.StartAsync(path, 1, FromPeers("a")))
        {
        }

        // Nobody serves weights now: what is not in the cache could not be had.
        await using var cluster = await LocalCluster.StartAsync(path, 1, FromPeers("a") + "\nmoe.weights.serve = off");
        Assert.Equal(Expected(path), Logits(cluster));
    }

    [Fact]
    public async Task Should_FetchAnew_When_FilesOfItsCacheAreDamaged()
    {
        var path = Fixture.Model("olmoe/olmoe-q8_0.gguf");
        await using (await LocalCluster.StartAsync(path, 1, FromPeers("a")))
        {
        }

        var files = Files("a");
        var good = files.Select(File.ReadAllBytes).ToArray();
        Flip(files[0], 100);
        Flip(files[1], good[1].Length - 1);
        File.WriteAllBytes(files[2], good[2][..^7]);
        File.WriteAllBytes(files[3], []);
        await using var cluster = await LocalCluster.StartAsync(path, 1, FromPeers("a"));
        Assert.Equal(Expected(path), Logits(cluster));
        Assert.Equal(good, Files("a").Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task Should_GoOnFromAnother_When_APeerDiesWhileItGives()
    {
        // The seed and the first node both have the file.
        var path = Fixture.Model("qwen3moe-256/qwen3moe-256-q4_k_m.gguf");
        await using var cluster = await LocalCluster.StartAsync(path, 1);
        var expected = Logits(cluster);
        var first = cluster.Experts[0];
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;
        await cluster.AddExpertsAsync(FromPeers("b") + "\nmoe.weights.chunk-bytes = 1024\nmoe.weights.window-chunks = 1", onEvent: message =>
        {
            if (message is ExpertNodeFetching { Bytes: > 0 } fetching && fetching.Bytes < fetching.Total && Interlocked.Exchange(ref begun, 1) == 0)
                _ = KillAsync();
        });
        await killed.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await cluster.ReadyAsync();
        Assert.Equal(expected, Logits(cluster));
        using var source = ModelSource.Open(path);
        Assert.Equal(Experts(source), Files("b").Length);

        async Task KillAsync()
        {
            await cluster.KillAsync(first);
            killed.SetResult();
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FromPeers(string cache) => $"""
        moe.weights.from-peers = on
        moe.weights.cache = "{Path.Combine(_folder, cache)}"
        moe.weights.retry-interval = 50ms
        moe.weights.offer-interval = 50ms
        """;

    private string[] Files(string cache) =>
        [.. Directory.GetFiles(Path.Combine(_folder, cache), "*.bin", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static int Experts(ModelSource source) =>
        source.Config.Layers.Count(layer => layer.IsMoE) * source.Config.Router.NumExperts;

    private static long Stored(ModelSource source) => Enumerable.Range(0, source.Config.NumHiddenLayers)
        .Sum(layer => Enumerable.Range(0, source.Config.Router.NumExperts).Where(expert => source.HasExpert(layer, expert)).Sum(expert => source.Stored(layer, expert)!.Bytes));

    private static async Task<List<MoE.Http.FetchedWeights>> FetchedAsync(LocalCluster cluster) =>
        [.. (await cluster.Front.Front.ClusterView.GetAsync(CancellationToken.None)).Nodes.Select(node => node.Fetched).OfType<MoE.Http.FetchedWeights>()];

    private static void Flip(string file, int index)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[index] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static float[] Expected(string path)
    {
        using var source = ModelSource.Open(path);
        using var pool = new ComputePool(2, "local");
        using var factory = new LocalMoELayerFactory(source, pool);
        return LogitsOf.OneByOne(source, factory, pool, [source.CreateTokenizer().Encode(Text)])[0];
    }

    private static float[] Logits(LocalCluster cluster)
    {
        var front = cluster.Front;
        return LogitsOf.OneByOne(front.Node.Source, front.Front.MoELayers, front.Node.Pool, [front.Front.Engine.Tokenizer.Encode(Text)])[0];
    }

    private const string Text = "In the beginning God created the heaven and the earth.";
}
