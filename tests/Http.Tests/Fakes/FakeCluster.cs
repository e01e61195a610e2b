namespace MoE.Http.Tests.Fakes;

internal sealed class FakeCluster : IClusterView
{
    public Task<ClusterSnapshot> GetAsync(CancellationToken cancellationToken) => Task.FromResult(new ClusterSnapshot(
        "test-model",
        7,
        [
            new ClusterNode("expert-1", "expert", "ready", "127.0.0.1:4053", 1 << 30, 1 << 28, 2, [new LayerExperts(0, [0, 2]), new LayerExperts(1, [1])], 1234, 56, 0, true) { ComputeBytesPerSecond = 9_000_000_000, Share = 0.75 },
            new ClusterNode("expert-2", "expert", "loading", "127.0.0.1:4054", 1 << 30, 0, 2, [new LayerExperts(1, [1, 2])], 0, 0, 3, false) { Fetched = new FetchedWeights(4096, 0.5, 100, 2, 1, [new WeightsSource("seed-1", 4000, 0.25), new WeightsSource("expert-1", 96, 0.25)]), Quarantine = "NaN in a row", LoadError = "no space", LoadFailures = 3 },
        ],
        ["127.0.0.1:8080"],
        [new MissingExpert(1, 3)],
        [new LayerLoad(0, [10, 0, 5])])
    {
        MissingCount = 40,
        BelowFloor = 5,
        RolloutVersion = 8,
    });
}
