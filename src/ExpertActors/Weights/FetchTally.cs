using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>How much came from whom and how long it was waited for. Has no clock: the caller says what time it is.</summary>
internal sealed class FetchTally
{
    /// <summary>Peers that are remembered; of more, the one that gave least is forgotten.</summary>
    private const int MaxPeers = WeightSources.MaxPeers;

    private readonly Awaited _all = new();
    private readonly Dictionary<NodeId, Awaited> _peers = [];

    /// <summary>Says from which peers something is awaited from now on; for the others time stands still.</summary>
    public void Await(IReadOnlyCollection<NodeId> peers, DateTimeOffset now)
    {
        _all.Await(peers.Count > 0, now);
        foreach (var (peer, awaited) in _peers)
            awaited.Await(peers.Contains(peer), now);
        foreach (var peer in peers.Where(peer => !_peers.ContainsKey(peer)))
        {
            if (_peers.Count == MaxPeers)
                _peers.Remove(_peers.MinBy(known => known.Value.Bytes).Key);
            _peers[peer] = new Awaited();
            _peers[peer].Await(true, now);
        }
    }

    /// <summary>A range came.</summary>
    public void Came(NodeId peer, int bytes, DateTimeOffset now)
    {
        _all.Came(bytes, now);
        if (_peers.TryGetValue(peer, out var awaited))
            awaited.Came(bytes, now);
    }

    /// <summary>Whether a peer that something is awaited from has given nothing for longer than its deadline.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="underWay">Bytes asked of it that have not come.</param>
    /// <param name="deadline">The rule.</param>
    /// <param name="now">The time.</param>
    public bool IsLate(NodeId peer, long underWay, RangeDeadline deadline, DateTimeOffset now) =>
        _peers.TryGetValue(peer, out var awaited) && awaited.Silence(now) >= deadline.For(underWay, awaited.Bytes, awaited.Time);

    /// <summary>The counts so far.</summary>
    /// <param name="cachedBytes">As in <see cref="FetchCounts"/>.</param>
    /// <param name="resumed">As in <see cref="FetchCounts"/>.</param>
    /// <param name="wrongDigests">As in <see cref="FetchCounts"/>.</param>
    public FetchCounts Counts(long cachedBytes, long resumed, long wrongDigests) => new(
        _all.Bytes, _all.Milliseconds, cachedBytes, resumed, wrongDigests,
        [.. _peers.Where(peer => peer.Value.Bytes > 0)
            .OrderByDescending(peer => peer.Value.Bytes).ThenBy(peer => peer.Key.Value, StringComparer.Ordinal).Take(FetchCounts.MaxSources)
            .Select(peer => new FetchSource(peer.Key, peer.Value.Bytes, peer.Value.Milliseconds))]);

    private sealed class Awaited
    {
        private DateTimeOffset? _since;

        public long Bytes { get; private set; }

        public TimeSpan Time { get; private set; }

        public long Milliseconds => (long)Time.TotalMilliseconds;

        public TimeSpan Silence(DateTimeOffset now) => now - (_since ?? now);

        public void Await(bool awaited, DateTimeOffset now)
        {
            if (!awaited)
                Lap(now);
            _since = awaited ? _since ?? now : null;
        }

        public void Came(int bytes, DateTimeOffset now)
        {
            Lap(now);
            Bytes += bytes;
        }

        private void Lap(DateTimeOffset now)
        {
            if (_since is not { } since)
                return;
            Time += now - since;
            _since = now;
        }
    }
}
