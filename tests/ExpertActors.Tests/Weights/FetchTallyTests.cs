using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>Bytes and the time that they were awaited, of each peer and of all together.</summary>
public sealed class FetchTallyTests
{
    private static readonly NodeId s_a = new("a");
    private static readonly NodeId s_b = new("b");
    private readonly FetchTally _tally = new();
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Counts_TwoPeersAtOnce_CountTimeOnceInAll()
    {
        _tally.Await([s_a, s_b], _now);
        Came(s_a, 100, 300);
        Came(s_b, 50, 200);
        _tally.Await([s_a], _now);
        Came(s_a, 100, 1000);
        _tally.Await([], _now);
        _now += TimeSpan.FromHours(1);
        var counts = _tally.Counts(7, 8, 9);
        Assert.Equal((250, 1500, 7, 8, 9), (counts.Bytes, counts.Milliseconds, counts.CachedBytes, counts.Resumed, counts.WrongDigests));
        Assert.Equal([new FetchSource(s_a, 200, 1500), new FetchSource(s_b, 50, 500)], counts.Sources.ToArray());
    }

    [Fact]
    public void Counts_ManyPeers_NameThoseThatGaveMost()
    {
        var peers = Enumerable.Range(0, 3 * WeightSources.MaxPeers).Select(index => new NodeId($"p{index}")).ToList();
        foreach (var (index, peer) in peers.Index())
        {
            _tally.Await([peer], _now);
            Came(peer, 1 + index, 1);
        }

        var sources = _tally.Counts(0, 0, 0).Sources;
        Assert.Equal(Enumerable.Reverse(peers).Take(FetchCounts.MaxSources), sources.Select(source => source.Peer));
    }

    private void Came(NodeId peer, int bytes, int milliseconds)
    {
        _now += TimeSpan.FromMilliseconds(milliseconds);
        _tally.Came(peer, bytes, _now);
    }
}
