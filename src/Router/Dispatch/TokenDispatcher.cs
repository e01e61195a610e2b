using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Gating;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Moves: sends each node one frame with its rows, gathers the contributions, and sees every dispatch through the loss of
/// nodes (<see cref="DispatchTable"/>). Owns the front's lanes and the placement that it routes by.
/// <para>A placement is adopted whole, once a lane to each of its nodes is open; until then the older one stays in force.</para>
/// </summary>
public sealed class TokenDispatcher : UntypedActor, IWithTimers, IDispatchRoutes
{
    private readonly TokenDispatcherOptions _options;
    private readonly LaneTable _lanes = new();
    private readonly HashSet<NodeId> _warned = [];
    private readonly DispatchTable _table;
    private readonly IActorRef _self;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ExpertPlacement _placement = ExpertPlacement.Empty;
    private (PublishPlacement Published, IActorRef ReplyTo)? _next;
    private IActorRef _front = ActorRefs.Nobody;
    private string? _impossible;
    private bool _unnamedLanes;

    public TokenDispatcher(TokenDispatcherOptions options)
    {
        _options = options;
        _self = Self;
        _table = new DispatchTable(options.NumExperts, options.Settings, this, options.Pool, options.Metrics, text => _log.Warning("{0}", text));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    long IDispatchRoutes.PlacementVersion => _placement.Version;

    string? IDispatchRoutes.Impossible => _impossible;

    /// <param name="options">What the dispatcher works with.</param>
    public static Props Props(TokenDispatcherOptions options) => Akka.Actor.Props.Create(() => new TokenDispatcher(options));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(CheckDeadlines), CheckDeadlines.Instance, _options.Settings.DeadlineTick);
        if (_options.LocalNode is not { } local)
            return;
        _lanes.Open(local.Node, local.Actor);
        Context.Watch(local.Actor);
    }

    /// <summary>A lane that fails stays closed; the dispatcher hears of it as <see cref="LaneClosed"/> and dials anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop() => _table.FailAll("the front has left the cluster, or was cut off from it");

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ExpectDispatch expect:
                _table.Expect(expect.Handle, Now);
                break;
            case TokensRouted routed:
                _table.Start(routed, Now);
                break;
            case RoutingFailed failed:
                _table.Fail(failed.DispatchId, $"layer {failed.Layer}: {failed.Message}");
                break;
            case ContributionFrame contribution:
                _table.Take(_lanes.NodeOf(Sender), contribution, Now);
                CloseUnnamedWhenIdle();
                break;
            case DispatchFailedFrame failed:
                _table.Refused(_lanes.NodeOf(Sender), failed, Now);
                failed.Dispose();
                break;
            case CheckDeadlines:
                _table.Tick(Now);
                CloseUnnamedWhenIdle();
                break;
            case PublishPlacement published:
                Prepare(published);
                break;
            case PlacementImpossible impossible:
                GiveUp(impossible);
                break;
            case PlacementPending pending when _placement.Version == 0:
                _options.Readiness.SetMissing($"no placement yet: {pending.Reason}", recovering: false, placementVersion: 0);
                break;
            case PlacementPending:
                break;
            case CoordinatorChanged:
                // The placement in force stays until the new one speaks; it hears of it and numbers its own from there.
                _next = null;
                break;
            case LaneOpened opened:
                Opened(opened.Peer);
                break;
            case LaneClosed closed:
                Closed(closed.Peer, Sender, $"{closed.Reason}: {closed.Message}");
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_options.LocalNode?.Actor):
                Closed(_options.LocalNode.Value.Node, terminated.ActorRef, "the expert node of this process stopped");
                break;
            case Redial redial:
                Dial(redial.Node);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static DateTimeOffset Now => Context.System.Scheduler.Now;

    ImmutableArray<NodeId> IDispatchRoutes.Holders(ExpertId expert) => ReachableReplicas(expert);

    void IDispatchRoutes.Send(NodeId node, DispatchFrame frame) => _lanes.Lane(node).Tell(frame, _self);

    void IDispatchRoutes.ReportFault(NodeId node, string reason) => _front.Tell(new ReportNodeFault(_options.Front, node, reason));

    /// <summary>Which nodes the placement gives the experts to, for the error that misses them.</summary>
    string IDispatchRoutes.Placed(IEnumerable<ExpertId> experts)
    {
        var nodes = experts.SelectMany(expert => _placement.ReplicasOf(expert)).Distinct().ToList();
        return nodes.Count == 0 ? "; no node is meant to" : $"; placed on {string.Join(", ", nodes)}";
    }

    private ImmutableArray<NodeId> ReachableReplicas(ExpertId expert)
    {
        var replicas = _placement.ReplicasOf(expert);
        foreach (var node in replicas)
        {
            if (!_lanes.IsOpen(node))
                return replicas.RemoveAll(replica => !_lanes.IsOpen(replica));
        }

        return replicas;
    }

    private void Prepare(PublishPlacement published)
    {
        _front = Sender;
        if (published.Placement.Version == _placement.Version)
            Sender.Tell(new PlacementAdopted(_placement.Version, _options.Front));

        // An older one comes from a coordinator that has not heard of this front's yet.
        if (published.Placement.Version <= _placement.Version)
            return;

        if (_next is { } next && next.Published.Placement.Version > published.Placement.Version)
            return;
        _next = (published, Sender);
        _lanes.AddEndpoints(published.Endpoints);
        foreach (var node in published.Placement.Nodes)
            Dial(node);
        AdoptWhenReachable();
    }

    private void AdoptWhenReachable()
    {
        var adopted = false;
        if (_next is { } next && next.Published.Placement.Nodes.All(_lanes.IsOpen))
        {
            adopted = true;
            _next = null;
            _placement = next.Published.Placement;
            _lanes.KeepEndpoints(_placement.Nodes);
            _log.Info("adopted placement {0}: {1} nodes", _placement.Version, _placement.Nodes.Count);
            next.ReplyTo.Tell(new PlacementAdopted(_placement.Version, _options.Front));
            CloseUnnamed();
        }

        UpdateReadiness();
        _table.RoutesChanged(adopted, Now);
    }

    /// <summary>The coordinator cannot place everything: waiting would be in vain, until it publishes again.</summary>
    private void GiveUp(PlacementImpossible impossible)
    {
        if (impossible.Version < _placement.Version)
            return;
        _impossible = impossible.Reason;
        UpdateReadiness();
        if (_impossible is not null)
            _table.GiveUpWaiting(_impossible, Now);
    }

    private void CloseUnnamedWhenIdle()
    {
        if (_unnamedLanes)
            CloseUnnamed();
    }

    /// <summary>Lanes that no placement names carry at most dispatches of the older one; those still get their answers.</summary>
    private void CloseUnnamed()
    {
        _unnamedLanes = false;
        foreach (var (node, lane) in _lanes.Unnamed(_placement.Nodes))
        {
            if (Wanted(node))
                continue;
            if (_table.Awaits(node))
                _unnamedLanes = true;
            else
                Context.Stop(lane);
        }
    }

    private void Opened(NodeId node)
    {
        if (!Wanted(node))
        {
            Context.Stop(Sender);
            return;
        }

        _lanes.Open(node, Sender);
        _warned.Remove(node);
        _log.Info("lane to {0} is open", node);
        AdoptWhenReachable();
    }

    private void Closed(NodeId node, IActorRef lane, string reason)
    {
        if (!_lanes.Close(node, lane))
            return;
        WarnOnce(node, reason);
        UpdateReadiness();
        _table.NodeLost(node, reason, Now);
        Timers.StartSingleTimer(node, new Redial(node), _options.Settings.ReconnectInterval);
    }

    /// <summary>
    /// Once until the lane is open again: a node that never comes back is dialled for as long as the placement names it. This process's own
    /// node goes with the membership, whose end says why it ends.
    /// </summary>
    private void WarnOnce(NodeId node, string reason)
    {
        _warned.RemoveWhere(known => !Wanted(known));
        if (Wanted(node) && node != _options.LocalNode?.Node && _warned.Add(node))
            _log.Warning("lane to {0} closed ({1}); dialled anew until it opens", node, reason);
    }

    /// <summary>Whether a placement names the node, or it is this process's own.</summary>
    private bool Wanted(NodeId node) =>
        _placement.Nodes.Contains(node) || (_next?.Published.Placement.Nodes.Contains(node) ?? false) || node == _options.LocalNode?.Node;

    private void Dial(NodeId node)
    {
        if (Wanted(node) && _lanes.StartDialling(node) is { } endpoint)
            _options.Dial(Context, endpoint, Self);
    }

    private void UpdateReadiness()
    {
        if (_placement.Version == 0)
            return;
        var unreachable = _placement.Nodes.Where(node => !_lanes.IsOpen(node)).ToHashSet();
        var missing = unreachable.Count == 0
            ? []
            : unreachable.SelectMany(node => _placement.ExpertsOf(node)).Distinct().Where(expert => ReachableReplicas(expert).IsEmpty).Order().ToList();
        if (missing.Count == 0)
        {
            _impossible = null;
            _options.Readiness.SetReady(_placement.Version);
            return;
        }

        var reason = $"no reachable node holds {ExpertSets.Format(missing)} (waiting for {string.Join(", ", unreachable)})";
        _options.Readiness.SetMissing(_impossible is null ? reason : $"{reason}: {_impossible}", recovering: _impossible is null, _placement.Version);
    }

    private sealed record CheckDeadlines : INoSerializationVerificationNeeded
    {
        public static CheckDeadlines Instance { get; } = new();
    }

    private sealed record Redial(NodeId Node) : INoSerializationVerificationNeeded;
}
