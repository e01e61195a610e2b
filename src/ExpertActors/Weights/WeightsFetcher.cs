using Akka.Actor;
using Akka.Event;
using MoE.Kernels;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// Brings the experts that its parent, the <see cref="ExpertNodeActor"/>, wants: from the cache, or by range from peers, checked
/// against the digest that the catalog gives. What to do next is <see cref="FetchPlan"/>'s; here are the lanes and the memory.
/// </summary>
public sealed class WeightsFetcher : UntypedActor, IWithTimers
{
    private readonly WeightsFetcherOptions _options;
    private readonly FetchPlan _plan;
    private readonly FetchTally _tally = new();
    private readonly Dictionary<NodeId, LaneEndpoint> _endpoints = [];
    private readonly Dictionary<NodeId, (IActorRef Actor, bool Open)> _lanes = [];
    private readonly Dictionary<ExpertId, NativeWeightMemory> _memories = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _cache = ActorRefs.Nobody;
    private int _round;
    private bool _asked;
    private long _told = -1;
    private long _cachedBytes;
    private bool _counted = true;

    /// <summary>Use <see cref="Props"/>.</summary>
    public WeightsFetcher(WeightsFetcherOptions options)
    {
        _options = options;
        _plan = new FetchPlan(options.Node, options.Settings);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static DateTimeOffset Now => Context.System.Scheduler.Now;

    public static Props Props(WeightsFetcherOptions options) => Akka.Actor.Props.Create(() => new WeightsFetcher(options));

    protected override void PreStart()
    {
        _cache = Context.ActorOf(ExpertCacheActor.Props(_options.Cache), "cache");
        Timers.StartPeriodicTimer(nameof(Retry), Retry.Instance, _options.Settings.RetryInterval);
    }

    /// <summary>A lane that fails is over, and its owner has heard; without the cache's actor the node's fetching fails.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Sender.Equals(_cache) ? Directive.Escalate : Directive.Stop);

    protected override void PostStop()
    {
        foreach (var memory in _memories.Values)
            memory.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FetchExperts fetch:
                Fetch(fetch);
                break;
            case ExpertTaken taken:
                _plan.Taken(taken.Expert);
                break;
            case CacheRead read:
                Read(read);
                break;
            case WeightSources sources:
                Learn(sources);
                break;
            case LaneOpened opened when IsLane(opened.Peer):
                _lanes[opened.Peer] = (Sender, true);
                break;
            case LaneClosed closed when IsLane(closed.Peer):
                Lost(closed);
                break;
            case LaneOpened or LaneClosed:
                break;
            case RangeFrame range:
                Receive(range);
                break;
            case RangeFailedFrame failed when PeerOf(Sender) is { } peer:
                _plan.Refused(peer, failed.DispatchId, failed.Message);
                break;
            case LaneFrame frame:
                frame.Dispose();
                return;
            case CacheChecked check:
                Checked(check);
                break;
            case Retry:
                _asked = false;
                LeaveLatePeers();
                Ask(paused: true);
                TellCounts();
                break;
            default:
                Unhandled(message);
                return;
        }

        GoOn();
    }

    private void Fetch(FetchExperts fetch)
    {
        _round = fetch.Round;
        _counted = false;
        var experts = _options.Experts;
        foreach (var dropped in _plan.Want([.. fetch.Experts.Select(expert => (expert, experts.StoredBytes(expert.Layer, expert.Expert)))]))
        {
            Forget(dropped);
            experts.Drop(dropped.Layer, dropped.Expert);
        }

        foreach (var expert in _plan.Delivered)
            Context.Parent.Tell(new ExpertFetched(_round, expert));
    }

    /// <summary>Whatever can be done now.</summary>
    private void GoOn()
    {
        foreach (var (expert, reason) in _plan.TakeFailed())
        {
            Forget(expert);
            Context.Parent.Tell(new ExpertFetchFailed(expert, reason));
        }

        while (_plan.Start() is var (started, ticket, bytes))
            _cache.Tell(new ReadCache(started, ticket, bytes));
        Ask(paused: false);
        foreach (var peer in _plan.Peers)
        {
            if (!_lanes.TryGetValue(peer, out var lane))
                _lanes[peer] = (_options.Dial(Context, _endpoints[peer], Self), false);
            else if (lane.Open)
                Send(peer, lane.Actor);
        }

        _tally.Await([.. _plan.Peers.Where(peer => _lanes.TryGetValue(peer, out var lane) && lane.Open)], Now);
        if (_plan.Idle)
        {
            CloseLanes();
            TellCounts();
        }

        Report();
    }

    private void Send(NodeId peer, IActorRef lane)
    {
        foreach (var request in _plan.Requests(peer))
            lane.Tell(request);
    }

    private void Ask(bool paused)
    {
        if (_asked)
            return;
        var experts = _plan.Asking(paused).Take(GetWeightSources.MaxExperts).ToList();
        if (experts.Count == 0)
            return;
        _asked = true;
        _options.Catalog.Tell(new GetWeightSources(_options.Node, [.. experts]));
    }

    private void Learn(WeightSources sources)
    {
        _asked = false;
        foreach (var peer in sources.Peers)
            _endpoints[peer.Endpoint.Node] = peer.Endpoint;
        foreach (var digest in sources.Digests)
            _plan.Sourced(digest.Expert, digest.Sha256, sources.Peers.Where(peer => peer.Experts.Contains(digest.Expert)).Select(peer => peer.Endpoint.Node));
    }

    private void Read(CacheRead read)
    {
        if (!_plan.Looked(read.Expert, read.Ticket, read.Memory is not null))
            read.Memory?.Dispose();
        else if (read.Memory is not null)
            Deliver(read.Expert, read.Memory, cached: true);
    }

    private void Receive(RangeFrame range)
    {
        using (range)
        {
            if (PeerOf(Sender) is not { } peer || _plan.Received(peer, range.DispatchId, range.Bytes.Length) is not var (expert, offset, complete))
                return;
            _tally.Came(peer, range.Bytes.Length, Now);
            if (!_memories.TryGetValue(expert, out var memory))
                _memories[expert] = memory = new NativeWeightMemory(_options.Experts.StoredBytes(expert.Layer, expert.Expert));
            range.Bytes.Span.CopyTo(memory.Writable(offset, range.Bytes.Length));
            if (!complete)
                return;
            _memories.Remove(expert);
            var (ticket, sha256) = _plan.Check(expert);
            _cache.Tell(new CheckFetched(expert, ticket, memory, sha256));
        }
    }

    private void Lost(LaneClosed closed)
    {
        _lanes.Remove(closed.Peer);
        if (_plan.Peers.Contains(closed.Peer))
            _log.Warning("fetching from {0} stopped ({1}: {2}): what it had not given is asked for elsewhere", closed.Peer, closed.Reason, closed.Message);
        _plan.Lost(closed.Peer, closed.Message);
    }

    /// <summary>A peer that hangs may keep its connection: that nothing comes is all that one sees.</summary>
    private void LeaveLatePeers()
    {
        foreach (var peer in _plan.Peers.Where(peer => _tally.IsLate(peer, _plan.UnderWay(peer), _options.Settings.RangeDeadline, Now)))
        {
            if (_plan.Late(peer, "nothing came in time (moe.weights.range-factor, range-ceiling)") is > 0 and var moved)
                _log.Warning("nothing comes from {0}: {1} experts are fetched on elsewhere", peer, moved);
        }
    }

    private void Checked(CacheChecked check)
    {
        var (known, liar) = _plan.Checked(check.Expert, check.Ticket, check.Matches);
        if (liar is { } peer)
            _log.Error("{0} gave wrong bytes of expert {1}: nothing more is fetched from there", peer, check.Expert);
        if (known && check.Matches)
            Deliver(check.Expert, check.Memory, cached: false);
        else
            check.Memory.Dispose();
    }

    private void Deliver(ExpertId expert, NativeWeightMemory memory, bool cached)
    {
        _cachedBytes += cached ? memory.Length : 0;
        _options.Experts.Put(expert.Layer, expert.Expert, memory);
        Context.Parent.Tell(new ExpertFetched(_round, expert));
    }

    private void Forget(ExpertId expert)
    {
        if (_memories.Remove(expert, out var memory))
            memory.Dispose();
    }

    /// <summary>The node hears the counts while something is fetched, and once when it is over.</summary>
    private void TellCounts()
    {
        if (_counted)
            return;
        _counted = _plan.Idle;
        Context.Parent.Tell(new FetchReport(_tally.Counts(_cachedBytes, _plan.Resumed, _plan.WrongDigests)));
    }

    private void Report()
    {
        var bytes = _plan.FetchedBytes;
        if (bytes == _told)
            return;
        _told = bytes;
        _options.Listener.Tell(new ExpertNodeFetching(bytes, _plan.WantedBytes));
    }

    /// <summary>Nothing is left to ask for.</summary>
    private void CloseLanes()
    {
        foreach (var (actor, _) in _lanes.Values)
            Context.Stop(actor);
        _lanes.Clear();
    }

    private bool IsLane(NodeId peer) => _lanes.TryGetValue(peer, out var lane) && lane.Actor.Equals(Sender);

    private NodeId? PeerOf(IActorRef lane)
    {
        foreach (var (peer, known) in _lanes)
        {
            if (known.Actor.Equals(lane))
                return peer;
        }

        return null;
    }

    private sealed record Retry : INoSerializationVerificationNeeded
    {
        public static Retry Instance { get; } = new();
    }
}
