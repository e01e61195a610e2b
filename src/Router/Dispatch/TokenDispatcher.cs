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
    private long _adoptedVersion;
    private bool _unnamedLanes;

    public TokenDispatcher(TokenDispatcherOptions options) => _options = options;

    public ITimerScheduler Timers { get; set; } = null!;

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

    protected override void PostStop()
    {
        _options.Readiness.Lost("this front is not in the cluster");
        foreach (var pending in _pending.Values)
            pending.Fail("the front is shutting down, or was cut off from the cluster");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ExpectDispatch expect:
                Expect(expect.Handle);
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
            case CoordinatorChanged:
                // A new coordinator numbers its placements anew; the one in force stays until the new one speaks.
                _adoptedVersion = 0;
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

    private void Expect(DispatchHandle handle)
    {
        if (_pending.Count >= _options.Settings.MaxPending)
            handle.Fail($"layer {handle.Layer}: {_pending.Count} dispatches are under way (moe.dispatch.max-pending)");
        else if (!_pending.TryAdd(handle.DispatchId, new PendingDispatch(handle, Now + _options.Settings.Deadline)))
            handle.Fail($"layer {handle.Layer}: dispatch {handle.DispatchId} is under way already");
    }

    private void Dispatch(TokensRouted routed)
    {
        if (!_pending.TryGetValue(routed.DispatchId, out var pending) || pending.Started)
            return;
        var plan = DispatchPlan.Make(routed.Layer, routed.Routing, _options.NumExperts, ReachableReplicas, _options.Policy);
        if (plan.Missing.Count > 0)
        {
            End(routed.DispatchId, $"layer {routed.Layer}: no reachable node holds {ExpertSets.Format(plan.Missing)}{Placed(plan.Missing)}");
            return;
        }

        foreach (var (node, frame) in pending.Start(plan, _placement.Version))
            _lanes.Lane(node).Tell(frame, Self);
        if (pending.Ended)
            Forget(routed.DispatchId);
    }

    /// <summary>Which nodes the placement gives the experts to, for the error that misses them.</summary>
    private string Placed(IEnumerable<ExpertId> experts)
    {
        var nodes = experts.SelectMany(expert => _placement.ReplicasOf(expert)).Distinct().ToList();
        return nodes.Count == 0 ? "; no node is meant to" : $"; placed on {string.Join(", ", nodes)}, which cannot be reached";
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
                Forget(frame.DispatchId);
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
        if (!_pending.TryGetValue(dispatchId, out var pending))
            return;
        _log.Warning("dispatch {0} failed: {1}", dispatchId, error);
        pending.Fail(error);
        Forget(dispatchId);
    }

    private void Forget(ulong dispatchId)
    {
        _pending.Remove(dispatchId);
        if (_unnamedLanes)
            CloseUnnamed();
    }

    private void Prepare(PublishPlacement published)
    {
        if (published.Placement.Version <= _adoptedVersion)
        {
            Sender.Tell(new PlacementAdopted(published.Placement.Version, _options.Front));
            return;
        }

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
        if (_next is { } next && next.Published.Placement.Nodes.All(_lanes.IsOpen))
        {
            _next = null;
            _placement = next.Published.Placement;
            _adoptedVersion = _placement.Version;
            _lanes.KeepEndpoints(_placement.Nodes);
            _log.Info("adopted placement {0}: {1} nodes", _placement.Version, _placement.Nodes.Count);
            next.ReplyTo.Tell(new PlacementAdopted(_placement.Version, _options.Front));
            CloseUnnamed();
        }

        UpdateReadiness();
    }

    /// <summary>Lanes that no placement names carry at most dispatches of the older one; those still get their answers.</summary>
    private void CloseUnnamed()
    {
        _unnamedLanes = false;
        foreach (var (node, lane) in _lanes.Unnamed(_placement.Nodes))
        {
            if (Wanted(node))
                continue;
            if (_pending.Values.Any(pending => pending.Awaits(node)))
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
        _log.Info("lane to {0} is open", node);
        AdoptWhenReachable();
    }

    private void Closed(NodeId node, IActorRef lane, string reason)
    {
        if (!_lanes.Close(node, lane))
            return;
        if (Wanted(node))
            _log.Warning("lane to {0} closed ({1})", node, reason);
        foreach (var (id, pending) in _pending.Where(pair => pair.Value.Awaits(node)).ToList())
        {
            var experts = pending.MissingContributions().Where(part => part.Node == node).SelectMany(part => part.Experts).ToList();
            End(id, $"layer {pending.Layer}: the lane to {node} closed ({reason}) before {ExpertSets.Format(experts)} answered");
        }

        UpdateReadiness();
        Timers.StartSingleTimer(node, new Redial(node), _options.Settings.ReconnectInterval);
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
