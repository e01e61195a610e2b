using Akka.Actor;
using Akka.TestKit;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>The fetcher between a catalog and peers that are probes; its parent is the spec's own actor.</summary>
public sealed class WeightsFetcherSpecs : ExpertNodeFixture
{
    private const int ExpertBytes = (int)RandomModelSource.BytesOfExpert;
    private static readonly ExpertId s_expert = new(1, 3);
    private static readonly NodeId s_a = new("a");
    private static readonly NodeId s_b = new("b");
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-fetcher-").FullName;
    private readonly FetchedExperts _experts = new(
        "f00d", RandomModelSource.HiddenSize, RandomModelSource.IntermediateSize, null,
        new Dictionary<int, IReadOnlyList<ExpertTypes>> { [1] = [.. Enumerable.Repeat(new ExpertTypes(WeightType.F32, WeightType.F32, WeightType.F32), 8)] });
    private readonly TestProbe _catalog;
    private readonly TestProbe _parent;
    private readonly byte[] _bytes = new byte[ExpertBytes];

    public WeightsFetcherSpecs()
    {
        _catalog = CreateTestProbe("catalog");
        _parent = CreateTestProbe("parent");
        new Random(1).NextBytes(_bytes);
    }

    [Fact]
    public void Should_go_on_at_the_offset_reached_when_a_peer_is_lost()
    {
        var (fetcher, lanes) = Start();
        Ask(fetcher, s_a, s_b);
        Serve(fetcher, lanes[s_a], s_a, frames: 1);
        lanes[s_a].ExpectMsg<RangeRequestFrame>();
        fetcher.Tell(new LaneClosed(s_a, LaneCloseReason.ClosedByPeer, "gone"), lanes[s_a]);
        AwaitCondition(() => lanes.ContainsKey(s_b));
        fetcher.Tell(new LaneOpened(s_b), lanes[s_b]);
        var next = lanes[s_b].ExpectMsg<RangeRequestFrame>();
        Assert.Equal(4096, next.Offset);
        Answer(fetcher, lanes[s_b], next);
        Serve(fetcher, lanes[s_b], null, frames: ExpertBytes / 4096 + 1 - 2);
        Assert.Equal(new ExpertFetched(1, s_expert), _parent.ExpectMsg<ExpertFetched>());
        var counts = _parent.FishForMessage<FetchReport>(report => report.Counts.Bytes == ExpertBytes).Counts;
        Assert.Equal((1L, 0L, 0L), (counts.Resumed, counts.WrongDigests, counts.CachedBytes));
        Assert.Equal([(s_b, ExpertBytes - 4096), (s_a, 4096)], counts.Sources.Select(source => (source.Peer, (int)source.Bytes)));
        using var weights = _experts.Expert(s_expert.Layer, s_expert.Expert);
        Assert.Equal(ExpertBytes, weights.Bytes);
        Assert.Equal(_bytes, File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder, "*.bin", SearchOption.AllDirectories)))[..^32]);
    }

    /// <summary>The connection stays open and even answers pings: only that no range comes tells.</summary>
    [Fact]
    public void Should_go_on_at_the_offset_reached_when_nothing_comes_from_a_peer_in_time()
    {
        var (fetcher, lanes) = Start();
        Ask(fetcher, s_a, s_b);
        Serve(fetcher, lanes[s_a], s_a, frames: 1);
        lanes[s_a].ExpectMsg<RangeRequestFrame>();
        Advance(fetcher, TimeSpan.FromSeconds(1.9));
        Assert.DoesNotContain(s_b, lanes);
        Advance(fetcher, TimeSpan.FromSeconds(0.6));
        Assert.Contains(s_b, lanes);
        fetcher.Tell(new LaneOpened(s_b), lanes[s_b]);
        Assert.Equal(4096, lanes[s_b].ExpectMsg<RangeRequestFrame>().Offset);
    }

    [Fact]
    public void Should_fetch_from_another_and_never_again_there_when_a_peers_bytes_are_wrong()
    {
        var (fetcher, lanes) = Start();
        Ask(fetcher, s_a, s_b);
        var right = _bytes[^1];
        _bytes[^1] ^= 1;
        Serve(fetcher, lanes[s_a], s_a, frames: ExpertBytes / 4096 + 1);
        AwaitCondition(() => lanes.ContainsKey(s_b));
        _bytes[^1] = right;
        Serve(fetcher, lanes[s_b], s_b, frames: ExpertBytes / 4096 + 1);
        _parent.ExpectMsg<ExpertFetched>();
        Assert.Equal(1, _parent.FishForMessage<FetchReport>(report => report.Counts.Bytes == 2 * ExpertBytes).Counts.WrongDigests);
        lanes[s_a].ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Should_not_fetch_on_when_the_expert_is_not_wanted_any_more()
    {
        var (fetcher, lanes) = Start();
        Ask(fetcher, s_a);
        fetcher.Tell(new LaneOpened(s_a), lanes[s_a]);
        var request = lanes[s_a].ExpectMsg<RangeRequestFrame>();
        fetcher.Tell(new FetchExperts(2, []), _parent);
        Answer(fetcher, lanes[s_a], request);
        Settle(fetcher);
        lanes[s_a].ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(0, _parent.ExpectMsg<FetchReport>().Counts.Bytes);
        _parent.ExpectNoMsg(TimeSpan.Zero);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _experts.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private (IActorRef Fetcher, System.Collections.Concurrent.ConcurrentDictionary<NodeId, TestProbe> Lanes) Start()
    {
        var lanes = new System.Collections.Concurrent.ConcurrentDictionary<NodeId, TestProbe>();
        var fetcher = _parent.ChildActorOf(WeightsFetcher.Props(new WeightsFetcherOptions
        {
            Node = Node,
            Experts = _experts,
            Cache = new ExpertCache(_folder, "f00d", 1 << 20, TimeProvider.System),
            Catalog = _catalog,
            Listener = Listener,
            Settings = WeightsSettings.Read(Sys.Settings.Config) with { ChunkBytes = 4096, WindowChunks = 1 },
            Dial = (_, endpoint, _) => lanes.GetOrAdd(endpoint.Node, _ => CreateTestProbe()),
        }));
        return (fetcher, lanes);
    }

    private void Ask(IActorRef fetcher, params NodeId[] peers)
    {
        fetcher.Tell(new FetchExperts(1, [s_expert]), _parent);
        Assert.Equal(s_expert, Assert.Single(_catalog.ExpectMsg<GetWeightSources>().Experts));
        fetcher.Tell(
            new WeightSources(
                [new ExpertDigest(s_expert, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_bytes)))],
                [.. peers.Select(peer => new WeightPeer(new LaneEndpoint(peer, "127.0.0.1", 1), [s_expert]))]),
            _catalog);
        Settle(fetcher);
    }

    private void Serve(IActorRef fetcher, TestProbe lane, NodeId? opens, int frames)
    {
        if (opens is { } peer)
            fetcher.Tell(new LaneOpened(peer), lane);
        for (var i = 0; i < frames; i++)
            Answer(fetcher, lane, lane.ExpectMsg<RangeRequestFrame>());
    }

    private void Answer(IActorRef fetcher, TestProbe lane, RangeRequestFrame request)
    {
        var bytes = new Pooled<byte>(request.Length);
        _bytes.AsSpan((int)request.Offset, request.Length).CopyTo(bytes.Span);
        fetcher.Tell(new RangeFrame { DispatchId = request.DispatchId, Layer = request.Layer, Bytes = bytes }, lane);
    }
}
