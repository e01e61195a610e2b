using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// What is fetched from whom, and how far it is: a state machine without actors and clock. Of one expert: waiting → looking (in the
/// cache) → asking (who has it?) → fetching (from one peer; where that is lost, from another at the offset reached) → checking (the
/// digest) → delivered, until the node has taken it.
/// </summary>
internal sealed class FetchPlan(NodeId self, WeightsSettings settings)
{
    private readonly Dictionary<ExpertId, Entry> _entries = [];
    private readonly Dictionary<ulong, Request> _requests = [];
    private readonly HashSet<NodeId> _distrusted = [];
    private readonly HashSet<NodeId> _late = [];
    private ulong _lastRequest;
    private int _lastTicket;
    private long _takenBytes;

    private enum Stage
    {
        Waiting,
        Looking,
        Asking,
        Fetching,
        Checking,
        Delivered,
    }

    /// <summary>Whether nothing is left to do but what the node takes.</summary>
    public bool Idle => _entries.Values.All(entry => entry.Stage == Stage.Delivered);

    /// <summary>Bytes of all experts wanted.</summary>
    public long WantedBytes => _takenBytes + _entries.Values.Sum(entry => entry.Bytes);

    /// <summary>Bytes of them that are here.</summary>
    public long FetchedBytes => _takenBytes + _entries.Values.Sum(entry => entry.Stage == Stage.Delivered ? entry.Bytes : entry.Received);

    /// <summary>How often an expert went on at the offset reached, after a peer was left.</summary>
    public long Resumed { get; private set; }

    /// <summary>Experts whose bytes had another digest.</summary>
    public long WrongDigests { get; private set; }

    /// <summary>Experts whose bytes the node may load.</summary>
    public IEnumerable<ExpertId> Delivered =>
        _entries.Values.Where(entry => entry.Stage == Stage.Delivered).Select(entry => entry.Expert).Order();

    /// <summary>
    /// Experts that nobody is known to have, in order; where a pause lies between, also those that failed before and those that only a late
    /// peer has.
    /// </summary>
    public IEnumerable<ExpertId> Asking(bool paused) => _entries.Values
        .Where(entry => entry.Stage == Stage.Asking ? paused || entry is { Attempts: 0, Unsourced: 0 } : paused && IsStuck(entry))
        .Select(entry => entry.Expert).Order();

    /// <summary>Peers that something is fetched from.</summary>
    public IReadOnlySet<NodeId> Peers => _entries.Values.Where(entry => entry.Stage == Stage.Fetching).Select(entry => entry.Peer).ToHashSet();

    /// <summary>Replaces what is wanted; what is under way and still wanted goes on.</summary>
    /// <returns>What is given up.</returns>
    public List<ExpertId> Want(IReadOnlyCollection<(ExpertId Expert, long Bytes)> experts)
    {
        var wanted = experts.Select(expert => expert.Expert).ToHashSet();
        var dropped = _entries.Keys.Where(expert => !wanted.Contains(expert)).ToList();
        foreach (var expert in dropped)
            Remove(_entries[expert]);
        _late.Clear();
        foreach (var (expert, bytes) in experts)
            _entries.TryAdd(expert, new Entry(expert, bytes, ++_lastTicket));
        _takenBytes = 0;
        return dropped;
    }

    /// <summary>The next expert to look for in the cache, as far as memory allows, or null.</summary>
    public (ExpertId Expert, int Ticket, long Bytes)? Start()
    {
        var next = _entries.Values.Where(entry => entry.Stage == Stage.Waiting).OrderBy(entry => entry.Expert).FirstOrDefault();
        var busy = _entries.Values.Where(entry => entry.Stage != Stage.Waiting).Sum(entry => entry.Bytes);
        if (next is null || (busy > 0 && busy + next.Bytes > settings.FetchBytes))
            return null;
        next.Stage = Stage.Looking;
        return (next.Expert, next.Ticket, next.Bytes);
    }

    /// <summary>The cache's answer. False where nobody waits for it any more.</summary>
    public bool Looked(ExpertId expert, int ticket, bool found)
    {
        if (Find(expert, ticket, Stage.Looking) is not { } entry)
            return false;
        entry.Stage = found ? Stage.Delivered : Stage.Asking;
        return true;
    }

    /// <summary>Learns an expert's digest, the first that is said, and who has it.</summary>
    public void Sourced(ExpertId expert, string sha256, IEnumerable<NodeId> peers)
    {
        if (!_entries.TryGetValue(expert, out var entry) || !(entry.Stage == Stage.Asking || IsStuck(entry)))
            return;
        entry.Sha256 ??= sha256;
        entry.Peers = [.. peers.Where(peer => peer != self)];
        entry.Refused.Clear();
        if (entry.Stage == Stage.Fetching)
            return;
        if (Assign(entry))
            entry.Unsourced = 0;
        else if (entry.Peers.Count > 0)
            Count(entry, "every node that has it gave wrong bytes");
        else
            entry.Unsourced++;
    }

    /// <summary>Requests to send now to peers whose lane is open.</summary>
    public List<RangeRequestFrame> Requests(NodeId peer)
    {
        var frames = new List<RangeRequestFrame>();
        foreach (var entry in _entries.Values.Where(entry => entry.Stage == Stage.Fetching && entry.Peer == peer))
        {
            while (entry.Requested < entry.Bytes && entry.UnderWay < settings.WindowChunks)
            {
                var request = new Request(++_lastRequest, entry, entry.Requested, (int)Math.Min(settings.ChunkBytes, entry.Bytes - entry.Requested));
                _requests.Add(request.Id, request);
                entry.Requested += request.Length;
                entry.UnderWay++;
                frames.Add(new RangeRequestFrame
                {
                    DispatchId = request.Id, Layer = entry.Expert.Layer, Expert = entry.Expert.Expert, Offset = request.Offset, Length = request.Length,
                });
            }
        }

        return frames;
    }

    /// <summary>A range came. Null where nobody waits for it any more; an answer that was not asked for so ends the peer's turn.</summary>
    /// <returns>Where the bytes go, and whether the expert is complete.</returns>
    public (ExpertId Expert, long Offset, bool Complete)? Received(NodeId peer, ulong id, int length)
    {
        if (!_requests.TryGetValue(id, out var request) || request.Entry.Peer != peer)
            return null;
        var entry = request.Entry;
        if (request.Length != length || request.Offset != entry.Received)
        {
            Refuse(entry, $"{peer} answered with {length} bytes at {entry.Received}, asked for {request.Length} at {request.Offset}");
            return null;
        }

        _requests.Remove(id);
        _late.Remove(peer);
        entry.UnderWay--;
        entry.Received += length;
        entry.Givers.Add(peer);
        if (entry.Received == entry.Bytes)
            entry.Stage = Stage.Checking;
        return (entry.Expert, request.Offset, entry.Stage == Stage.Checking);
    }

    /// <summary>A peer does not give a range.</summary>
    public void Refused(NodeId peer, ulong id, string message)
    {
        if (_requests.TryGetValue(id, out var request) && request.Entry.Peer == peer)
            Refuse(request.Entry, $"{peer}: {message}");
    }

    /// <summary>Nothing more comes from a peer: others go on where it stopped.</summary>
    public void Lost(NodeId peer, string message)
    {
        foreach (var entry in _entries.Values.Where(entry => entry.Stage == Stage.Fetching && entry.Peer == peer).ToList())
            Refuse(entry, $"{peer}: {message}");
    }

    /// <summary>Bytes asked of a peer that have not come.</summary>
    public long UnderWay(NodeId peer) => _requests.Values.Where(request => request.Entry.Peer == peer).Sum(request => (long)request.Length);

    /// <summary>
    /// Nothing has come from a peer for long. Others that are not late go on where it stopped; where there are none it is waited for, and
    /// gets nothing new that somebody else has.
    /// </summary>
    /// <returns>Experts that another peer goes on with.</returns>
    public int Late(NodeId peer, string message)
    {
        _late.Add(peer);
        var moved = _entries.Values.Where(entry => entry.Stage == Stage.Fetching && entry.Peer == peer && Open(entry).Any(other => !_late.Contains(other))).ToList();
        foreach (var entry in moved)
            Refuse(entry, $"{peer}: {message}");
        return moved.Count;
    }

    /// <summary>What is being checked: its digest, and the ticket that its answer must carry.</summary>
    public (int Ticket, string Sha256) Check(ExpertId expert) => (_entries[expert].Ticket, _entries[expert].Sha256!);

    /// <summary>
    /// The check's answer. What does not match is fetched again from the start; a peer that gave all of it is asked for nothing more.
    /// </summary>
    /// <returns>False where nobody waits for it any more; and the peer that gave wrong bytes, or null.</returns>
    public (bool Known, NodeId? Liar) Checked(ExpertId expert, int ticket, bool matches)
    {
        if (Find(expert, ticket, Stage.Checking) is not { } entry)
            return (false, null);
        if (matches)
        {
            entry.Stage = Stage.Delivered;
            return (true, null);
        }

        WrongDigests++;
        NodeId? liar = entry.Givers.Count == 1 ? entry.Givers.Single() : null;
        if (liar is { } peer)
        {
            _distrusted.Add(peer);
            Lost(peer, "gave wrong bytes");
        }

        entry.Givers.Clear();
        entry.Received = 0;
        Refuse(entry, $"the bytes of {entry.Peer} have another SHA-256");
        return (true, liar);
    }

    /// <summary>The node has taken the expert's bytes.</summary>
    public void Taken(ExpertId expert)
    {
        if (!_entries.TryGetValue(expert, out var entry) || entry.Stage != Stage.Delivered)
            return;
        Remove(entry);
        _takenBytes += entry.Bytes;
    }

    /// <summary>Experts that failed too often, or that nobody has had for too long; they are given up.</summary>
    public List<(ExpertId Expert, string Reason)> TakeFailed()
    {
        var failed = _entries.Values.Select(entry => (Entry: entry, Reason: Failure(entry))).Where(failed => failed.Reason is not null).ToList();
        foreach (var (entry, _) in failed)
            Remove(entry);
        return [.. failed.Select(failed => (failed.Entry.Expert, failed.Reason!))];
    }

    private string? Failure(Entry entry)
    {
        if (entry.Attempts >= settings.MaxAttempts)
            return $"{entry.Attempts} attempts to fetch it failed (moe.weights.max-attempts): {entry.LastFailure}";
        return entry.Unsourced * settings.RetryInterval >= settings.SourceTimeout
            ? $"no reachable node has had it for {settings.SourceTimeout.TotalSeconds:0.###} s (moe.weights.source-timeout)"
            : null;
    }

    private Entry? Find(ExpertId expert, int ticket, Stage stage) =>
        _entries.TryGetValue(expert, out var entry) && entry.Ticket == ticket && entry.Stage == stage ? entry : null;

    /// <summary>Another peer goes on, or it is asked again who has the expert.</summary>
    private void Refuse(Entry entry, string reason)
    {
        entry.Refused.Add(entry.Peer);
        Forget(entry);
        entry.Stage = Stage.Asking;
        Count(entry, reason);
        Assign(entry);
    }

    private static void Count(Entry entry, string reason)
    {
        entry.Attempts++;
        entry.LastFailure = reason;
    }

    /// <summary>Trusted peers that have the expert and have not failed with it since it was asked who has it.</summary>
    private IEnumerable<NodeId> Open(Entry entry) => entry.Peers.Where(peer => !entry.Refused.Contains(peer) && !_distrusted.Contains(peer));

    private bool IsStuck(Entry entry) => entry.Stage == Stage.Fetching && _late.Contains(entry.Peer);

    /// <summary>Gives an expert to the trusted peer that has the least to do, to a late one only where there is no other.</summary>
    private bool Assign(Entry entry)
    {
        var peers = Open(entry).ToList();
        if (peers.Count == 0)
            return false;
        entry.Peer = peers.MinBy(peer => (_late.Contains(peer), _entries.Values.Count(other => other.Stage == Stage.Fetching && other.Peer == peer)));
        entry.Stage = Stage.Fetching;
        Resumed += entry.Received > 0 ? 1 : 0;
        return true;
    }

    private void Remove(Entry entry)
    {
        Forget(entry);
        _entries.Remove(entry.Expert);
    }

    private void Forget(Entry entry)
    {
        foreach (var id in _requests.Values.Where(request => request.Entry == entry).Select(request => request.Id).ToList())
            _requests.Remove(id);
        entry.Requested = entry.Received;
        entry.UnderWay = 0;
    }

    private sealed class Entry(ExpertId expert, long bytes, int ticket)
    {
        public ExpertId Expert { get; } = expert;

        public long Bytes { get; } = bytes;

        public int Ticket { get; } = ticket;

        public Stage Stage { get; set; }

        public string? Sha256 { get; set; }

        public List<NodeId> Peers { get; set; } = [];

        public HashSet<NodeId> Refused { get; } = [];

        /// <summary>Whoever gave bytes since the start.</summary>
        public HashSet<NodeId> Givers { get; } = [];

        public NodeId Peer { get; set; }

        public long Received { get; set; }

        public long Requested { get; set; }

        public int UnderWay { get; set; }

        public int Attempts { get; set; }

        /// <summary>How often in turn the answer was that nobody has it; it is asked once a <see cref="WeightsSettings.RetryInterval"/>.</summary>
        public int Unsourced { get; set; }

        public string LastFailure { get; set; } = "";
    }

    private sealed record Request(ulong Id, Entry Entry, long Offset, int Length);
}
