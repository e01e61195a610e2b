using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Gating;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Moves: sends each node one frame with its rows, gathers the contributions, ends every dispatch by its deadline. Owns the
/// front's lanes and the placement that it routes by.
/// <para>A placement is adopted whole, once a lane to each of its nodes is open; until then the older one stays in force.</para>
/// </summary>
public sealed class TokenDispatcher : UntypedActor, IWithTimers
{
    private readonly TokenDispatcherOptions _options;
    private readonly LaneTable _lanes = new();
    private readonly Dictionary<ulong, PendingDispatch> _pending = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ExpertPlacement _placement = ExpertPlacement.Empty;
    private (PublishPlacement Published, IActorRef ReplyTo)? _next;

    private TokenDispatcher(TokenDispatcherOptions options) => _options = options;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="options">What the dispatcher works with.</param>
    public static Props Props(TokenDispatcherOptions options) => Akka.Actor.Props.Create(() => new TokenDispatcher(options));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(CheckDeadlines), CheckDeadlines.Instance, _options.Settings.DeadlineTick);
        if (_options.LocalNode is { } local)
            _lanes.Open(local.Node, local.Actor);
    }

    /// <summary>A lane that fails stays closed; the dispatcher hears of it as <see cref="LaneClosed"/> and dials anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop()
    {
        foreach (var pending in _pending.Values)
            pending.Fail("the front is shutting down");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ExpectDispatch expect:
                _pending.Add(expect.Handle.DispatchId, new PendingDispatch(expect.Handle, Now + _options.Settings.Deadline));
                break;
            case TokensRouted routed:
                Dispatch(routed);
                break;
            case RoutingFailed failed:
                End(failed.DispatchId, $"layer {failed.Layer}: {failed.Message}");
                break;
            case ContributionFrame contribution:
                Gather(contribution);
                break;
            case DispatchFailedFrame failed:
                DispatchFailed(failed);
                break;
            case CheckDeadlines:
                FailOverdue();
                break;
            case PublishPlacement published:
                Prepare(published);
                break;
            case LaneOpened opened:
                _lanes.Open(opened.Peer, Sender);
                _log.Info("lane to {0} is open", opened.Peer);
                AdoptWhenReachable();
                break;
            case LaneClosed closed:
                Closed(closed);
                break;
            case Redial redial:
                Dial(redial.Node);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private DateTimeOffset Now => Context.System.Scheduler.Now;

    private void Dispatch(TokensRouted routed)
    {
        if (!_pending.TryGetValue(routed.DispatchId, out var pending))
            return;
        var plan = DispatchPlan.Make(routed.Layer, routed.Routing, _options.NumExperts, ReachableReplicas, _options.Policy);
        if (plan.Missing.Count > 0)
        {
            End(routed.DispatchId, $"layer {routed.Layer}: no reachable node holds {ExpertSets.Format(plan.Missing)}");
            return;
        }

        foreach (var (node, frame) in pending.Start(plan, _placement.Version))
            _lanes.Lane(node).Tell(frame, Self);
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

    private void Gather(ContributionFrame frame)
    {
        string? defect = null;
        if (_lanes.NodeOf(Sender) is { } node
            && _pending.TryGetValue(frame.DispatchId, out var pending)
            && pending.TryAdd(node, frame, out defect))
        {
            if (pending.Ended)
                _pending.Remove(frame.DispatchId);
            return;
        }

        frame.Dispose();
        if (defect is not null)
            End(frame.DispatchId, defect);
    }

    private void DispatchFailed(DispatchFailedFrame failed)
    {
        if (_lanes.NodeOf(Sender) is { } node && _pending.TryGetValue(failed.DispatchId, out var pending) && pending.Awaits(node))
            End(failed.DispatchId, $"layer {failed.Layer}: {node} refused the dispatch ({failed.Failure}): {failed.Message}");
        failed.Dispose();
    }

    private void FailOverdue()
    {
        var now = Now;
        foreach (var (id, pending) in _pending.Where(pair => pair.Value.Deadline <= now).ToList())
        {
            var missing = string.Join("; ", pending.MissingContributions().Select(part => $"{part.Node}: {ExpertSets.Format(part.Experts)}"));
            End(id, $"layer {pending.Layer}: no answer within {_options.Settings.Deadline.TotalSeconds:0.###} s (moe.dispatch.deadline) from "
                + (missing.Length == 0 ? "the gating actor" : missing));
        }
    }

    private void End(ulong dispatchId, string error)
    {
        if (!_pending.Remove(dispatchId, out var pending))
            return;
        _log.Warning("dispatch {0} failed: {1}", dispatchId, error);
        pending.Fail(error);
    }

    private void Prepare(PublishPlacement published)
    {
        if (published.Placement.Version <= _placement.Version)
        {
            Sender.Tell(new PlacementAdopted(published.Placement.Version, _options.Front));
            return;
        }

        if (_next is { } next && next.Published.Placement.Version > published.Placement.Version)
            return;
        _next = (published, Sender);
        _lanes.SetEndpoints(published.Endpoints);
        foreach (var node in published.Placement.Nodes)
            Dial(node);
        AdoptWhenReachable();
    }

    private void AdoptWhenReachable()
    {
        if (_next is { } next && next.Published.Placement.Nodes.All(_lanes.IsOpen))
        {
            _next = null;
            _placement = next.Published.Placement;
            _log.Info("adopted placement {0}: {1} nodes", _placement.Version, _placement.Nodes.Count);
            next.ReplyTo.Tell(new PlacementAdopted(_placement.Version, _options.Front));
            CloseUnnamed();
        }

        UpdateReadiness();
    }

    /// <summary>Lanes that no placement names carry at most dispatches of the older one; those still get their answers.</summary>
    private void CloseUnnamed()
    {
        var named = _placement.Nodes.ToHashSet();
        if (_options.LocalNode is { } local)
            named.Add(local.Node);
        foreach (var (node, lane) in _lanes.Unnamed(named))
        {
            if (!_pending.Values.Any(pending => pending.Awaits(node)))
                Context.Stop(lane);
        }
    }

    private void Closed(LaneClosed closed)
    {
        _lanes.Close(closed.Peer);
        _log.Warning("lane to {0} closed ({1}): {2}", closed.Peer, closed.Reason, closed.Message);
        foreach (var (id, pending) in _pending.Where(pair => pair.Value.Awaits(closed.Peer)).ToList())
        {
            var experts = pending.MissingContributions().Where(part => part.Node == closed.Peer).SelectMany(part => part.Experts).ToList();
            End(id, $"layer {pending.Layer}: the lane to {closed.Peer} closed ({closed.Reason}) before {ExpertSets.Format(experts)} answered");
        }

        UpdateReadiness();
        Timers.StartSingleTimer(closed.Peer, new Redial(closed.Peer), _options.Settings.ReconnectInterval);
    }

    private void Dial(NodeId node)
    {
        var wanted = _placement.Nodes.Contains(node) || (_next is { } next && next.Published.Placement.Nodes.Contains(node));
        if (wanted && _lanes.StartDialling(node) is { } endpoint)
            _options.Dial(Context, endpoint, Self);
    }

    private void UpdateReadiness()
    {
        if (_placement.Version == 0)
            return;
        var unreachable = _placement.Nodes.Where(node => !_lanes.IsOpen(node)).ToHashSet();
        var missing = unreachable.Count == 0
            ? []
            : unreachable.SelectMany(_placement.ExpertsOf).Distinct().Where(expert => ReachableReplicas(expert).IsEmpty).Order().ToList();
        _options.Readiness.Set(
            missing.Count == 0 ? null : $"no reachable node holds {ExpertSets.Format(missing)} (waiting for {string.Join(", ", unreachable)})",
            _placement.Version);
    }

    private sealed record CheckDeadlines : INoSerializationVerificationNeeded
    {
        public static CheckDeadlines Instance { get; } = new();
    }

    private sealed record Redial(NodeId Node) : INoSerializationVerificationNeeded;
}
