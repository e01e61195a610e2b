using System.Collections.Immutable;
using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// All dispatches of a front that are under way, without actors or clock: sends rows to the experts' nodes, sends again what a
/// node cannot answer, asks a second node where the first is slow, waits for experts that have no node at the moment, and
/// ends every dispatch within its bounds. Answers are known by their frame's id alone.
/// </summary>
internal sealed class DispatchTable
{
    /// <summary>Frames whose answers still tell how fast a node is, though nobody needs them any more.</summary>
    private const int MaxLate = 256;

    private readonly int _numExperts;
    private readonly DispatchSettings _settings;
    private readonly IDispatchRoutes _routes;
    private readonly DispatchMetrics _metrics;
    private readonly Action<string> _warn;
    private readonly ComputePool _pool;
    private readonly DispatchPlan _plan;
    private readonly NodeLatencies _latencies;
    private readonly HedgeBudget _hedges;
    private readonly Dictionary<ulong, PendingDispatch> _pending = [];
    private readonly Dictionary<ulong, (PendingDispatch Pending, DispatchPart Part)> _parts = [];
    private readonly Dictionary<NodeId, DateTimeOffset> _slowUntil = [];
    private readonly Queue<ulong> _unanswered = [];
    private readonly Dictionary<ulong, AskedPart> _late = [];
    private readonly List<PendingDispatch> _visited = [];
    private readonly Stack<PendingDispatch> _idle = [];
    private readonly List<FrameDraft> _drafts = [];
    private int _drafted;
    private ulong _lastFrameId;

    /// <param name="numExperts">E: experts per MoE layer.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="routes">The cluster.</param>
    /// <param name="pool">The front's compute threads: frames to several nodes are written side by side.</param>
    /// <param name="metrics">Counted up.</param>
    /// <param name="warn">Takes what an operator should read.</param>
    public DispatchTable(
        int numExperts, DispatchSettings settings, IDispatchRoutes routes, ComputePool pool, DispatchMetrics metrics, Action<string> warn)
    {
        _numExperts = numExperts;
        _settings = settings;
        _routes = routes;
        _metrics = metrics;
        _warn = warn;
        _pool = pool;
        _latencies = new NodeLatencies(settings.Hedge, settings.SlowPause);
        _plan = new DispatchPlan(ReplicaSelectionPolicies.Of(settings.ReplicaSelection), _latencies);
        _hedges = new HedgeBudget(settings.Hedge);
    }

    /// <summary>A layer asks; its routing is on its way.</summary>
    public void Expect(DispatchHandle handle, DateTimeOffset now)
    {
        if (_pending.Count >= _settings.MaxPending)
        {
            handle.Fail($"layer {handle.Layer}: {_pending.Count} dispatches are under way (moe.dispatch.max-pending)");
            return;
        }

        if (_pending.ContainsKey(handle.DispatchId))
        {
            handle.Fail($"layer {handle.Layer}: dispatch {handle.DispatchId} is under way already");
            return;
        }

        if (!_idle.TryPop(out var pending))
            pending = new PendingDispatch();
        pending.Begin(handle, now);
        _pending.Add(handle.DispatchId, pending);
    }

    /// <summary>The routing came: the first round of frames goes out.</summary>
    public void Start(TokensRouted routed, DateTimeOffset now)
    {
        if (!_pending.TryGetValue(routed.Question.DispatchId, out var pending) || pending.Routed)
            return;
        pending.Route(routed.Routing, _numExperts);
        SendOpen(pending, now, first: true);
    }

    /// <summary>The routing cannot come.</summary>
    public void Fail(ulong dispatchId, string error)
    {
        if (_pending.TryGetValue(dispatchId, out var pending))
            End(pending, error);
    }

    /// <summary>An answer came from a node, or null for a stranger.</summary>
    public void Take(NodeId? node, ContributionFrame frame, DateTimeOffset now)
    {
        if (Find(node, frame.DispatchId) is not var (pending, part))
        {
            if (_late.Remove(frame.DispatchId, out var late) && late.Node == node)
                Observe(late, now);
            frame.Dispose();
            return;
        }

        Observe(AskedPart.Of(part), now);
        var defect = pending.Take(part, frame);
        foreach (var convicted in pending.TakeConvicted())
            Fault(convicted, $"{convicted} answered layer {pending.Layer} with values that are no numbers where another node's are");
        if (defect is { Confirmed: true })
            Fault(part.Node, defect.Message);
        if (pending.Ended)
            Forget(pending);
        else if (defect is not null)
            SendOpen(pending, now);
    }

    /// <summary>A node will not answer a frame.</summary>
    public void Refused(NodeId? node, DispatchFailedFrame failed, DateTimeOffset now)
    {
        if (Find(node, failed.DispatchId) is not var (pending, part))
            return;
        var message = $"{part.Node} refused the dispatch ({failed.Failure}): {failed.Message}";
        switch (failed.Failure)
        {
            case DispatchFailure.Overloaded:
                // Another replica may have room now; without one, the node itself may have in a moment.
                pending.Lose(part, message);
                pending.RetryAt = now + _settings.RetryPause;
                SendOpen(pending, now, avoid: part.Node);
                return;
            case DispatchFailure.ComputeFailed or DispatchFailure.BadRows:
                Fault(part.Node, message);
                break;
        }

        pending.Refuse(part, message, failed.Experts);
        SendOpen(pending, now);
    }

    /// <summary>A node cannot be reached any more: what it was asked for goes elsewhere.</summary>
    public void NodeLost(NodeId node, string reason, DateTimeOffset now)
    {
        _slowUntil.Remove(node);
        _latencies.Forget(node);
        foreach (var pending in Visit())
        {
            var lost = false;
            foreach (var part in pending.Parts)
            {
                if (!part.Awaited || part.Node != node)
                    continue;
                pending.Lose(part, $"the lane to {node} closed ({reason}) before {ExpertSets.Format(pending.ExpertsOf(part.Groups))} answered");
                lost = true;
            }

            if (lost)
                SendOpen(pending, now);
        }
    }

    /// <summary>A lane opened or a placement came into force: what waits is tried again, and slow nodes may have a stand-in now.</summary>
    public void RoutesChanged(bool placement, DateTimeOffset now)
    {
        foreach (var pending in Visit())
        {
            if (placement)
            {
                pending.ForgetRefusals();
                foreach (var part in pending.Parts)
                    part.Hedged &= !part.Awaited;
            }

            if (pending.WaitingSince is not null)
                SendOpen(pending, now);
        }
    }

    /// <summary>Hope is gone: what waits for experts without a node fails at once.</summary>
    public void GiveUpWaiting(string reason, DateTimeOffset now)
    {
        foreach (var pending in Visit())
        {
            if (pending.WaitingSince is not null)
                End(pending, Missing(pending, now, reason));
        }
    }

    /// <summary>Time passed: asks second nodes, tries again, and ends what is overdue.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var pending in Visit())
        {
            if (!pending.Routed)
            {
                if (now - pending.Started >= _settings.Deadline)
                    End(pending, $"layer {pending.Layer}: no answer within {Seconds(_settings.Deadline)} (moe.dispatch.deadline) from the gating actor");
                continue;
            }

            if (pending.WaitingSince is { } since && now - since >= _settings.RecoveryTimeout)
            {
                End(pending, Missing(pending, now, $"none came within {Seconds(_settings.RecoveryTimeout)} (moe.dispatch.recovery-timeout)"));
                continue;
            }

            if (pending.WaitingSince is not null && pending.RetryAt <= now)
                SendOpen(pending, now);
            if (!pending.Ended)
                CheckAge(pending, now);
        }
    }

    /// <summary>Whether any dispatch still expects something from a node.</summary>
    public bool Awaits(NodeId node) => _parts.Values.Any(entry => entry.Part.Awaited && entry.Part.Node == node);

    /// <summary>Ends everything.</summary>
    public void FailAll(string error)
    {
        foreach (var pending in Visit())
            End(pending, error);
    }

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###} s");

    private (PendingDispatch Pending, DispatchPart Part)? Find(NodeId? node, ulong frameId)
    {
        if (_parts.TryGetValue(frameId, out var entry) && entry.Part.Awaited && entry.Part.Node == node)
            return entry;
        _metrics.CountLateAnswer();
        return null;
    }

    private void Observe(AskedPart part, DateTimeOffset now)
    {
        var elapsed = now - part.Sent;
        if (elapsed < part.HedgeAfter)
            _slowUntil.Remove(part.Node);
        _latencies.Observe(part.Node, part.AnswerRows, elapsed, part.HedgeAfter, now);
    }

    /// <summary>A copy, since ending one takes it out.</summary>
    private List<PendingDispatch> Visit()
    {
        _visited.Clear();
        _visited.AddRange(_pending.Values);
        return _visited;
    }

    private void SendOpen(PendingDispatch pending, DateTimeOffset now, bool first = false, NodeId? avoid = null)
    {
        _plan.Begin();
        foreach (var group in pending.OpenGroups())
            _plan.Add(group, pending.Permutation.TokensOf(group).Length, Candidates(pending, group, avoid, now));
        _plan.Share(pending.Layer, pending.Permutation);
        var homeless = _plan.Homeless;
        if (homeless.Count > 0 && (_routes.PlacementVersion == 0 || _routes.Impossible is not null))
        {
            End(pending, Missing(pending, now, _routes.Impossible ?? "there is no placement yet"));
            return;
        }

        if (homeless.Count > 0 && pending.WaitingSince is null)
            _metrics.CountRecoveryWait();
        pending.Wait(homeless.Count > 0, now);

        // By index: the interface's enumerator would be allocated for every dispatch.
        for (var i = 0; i < _plan.Shares.Count; i++)
        {
            if (!first && !TakeAttempt(pending))
                return;
            Draft(pending, _plan.Shares[i], now);
            _hedges.Earn();
            if (!first)
                _metrics.CountRedispatch();
        }

        SendDrafts(pending);
    }

    private bool TakeAttempt(PendingDispatch pending)
    {
        if (pending.Attempts++ < _settings.MaxAttempts)
            return true;
        DiscardDrafts();
        End(pending, $"layer {pending.Layer}: {_settings.MaxAttempts} frames were sent again in vain (moe.dispatch.max-attempts); last: {pending.LastFault}");
        return false;
    }

    /// <summary>Expects a share of its node; <see cref="SendDrafts"/> asks the node.</summary>
    private void Draft(PendingDispatch pending, NodeShare share, DateTimeOffset now)
    {
        if (_drafted == _drafts.Count)
            _drafts.Add(new FrameDraft());
        var part = pending.Expect(++_lastFrameId, share, now, _latencies.HedgeAfter(share.Node, share.Rows));
        _drafts[_drafted++].Begin(part, pending.Routing, pending.Permutation, pending.Layer, _routes.PlacementVersion, pending.HiddenSize);
        _parts.Add(part.FrameId, (pending, part));
        _metrics.CountFrame();
    }

    /// <summary>
    /// Sends what is drafted: a thread a node, so that no node waits until the frame of another is copied and written, nor for
    /// the thread that this wakes on the writer's processor. False where the layer has given up: then the dispatch has ended.
    /// </summary>
    private bool SendDrafts(PendingDispatch pending)
    {
        var sent = _drafted == 0 || pending.TryRead(this, static (hidden, table) => table._pool.For(table._drafted, (table, hidden), static (draft, all) =>
            all.table._routes.Send(all.table._drafts[draft].Node, all.table._drafts[draft].Complete(all.hidden))));
        DiscardDrafts();
        if (!sent)
            Forget(pending);
        return sent;
    }

    private void DiscardDrafts()
    {
        for (var i = 0; i < _drafted; i++)
            _drafts[i].Discard();
        _drafted = 0;
    }

    /// <summary>Nodes for a group: those that have not refused it, and those that answer in time before those that do not.</summary>
    private ImmutableArray<NodeId> Candidates(PendingDispatch pending, int group, NodeId? avoid, DateTimeOffset now)
    {
        var holders = _routes.Holders(new ExpertId(pending.Layer, pending.Permutation.Experts[group]));
        if (avoid is null && _slowUntil.Count == 0 && pending.LastFault is null)
            return holders;
        return Candidates(holders, pending, group, avoid, now);
    }

    /// <summary>Apart from the usual case, which would allocate for these lambdas too.</summary>
    private ImmutableArray<NodeId> Candidates(ImmutableArray<NodeId> holders, PendingDispatch pending, int group, NodeId? avoid, DateTimeOffset now)
    {
        var willing = holders.RemoveAll(node => node == avoid || pending.IsRefused(group, node));
        var quick = willing.RemoveAll(node => _slowUntil.TryGetValue(node, out var until) && now < until);
        return quick.IsEmpty ? willing : quick;
    }

    private void CheckAge(PendingDispatch pending, DateTimeOffset now)
    {
        for (var i = 0; i < pending.Parts.Count; i++)
        {
            var part = pending.Parts[i];
            if (!part.Awaited)
                continue;
            var age = now - part.Sent;
            var unfilled = pending.Unfilled(part);
            if (unfilled.Count == 0)
                continue;
            if (age >= _settings.Deadline)
            {
                End(pending, $"layer {pending.Layer}: no answer within {Seconds(_settings.Deadline)} (moe.dispatch.deadline) from "
                    + $"{part.Node}: {ExpertSets.Format(pending.ExpertsOf(unfilled))}");
                return;
            }

            if (part.Hedged || age < part.HedgeAfter)
                continue;
            _slowUntil[part.Node] = now + _settings.SlowPause;
            if (!Hedge(pending, part, unfilled, now))
                return;
        }
    }

    /// <summary>Asks other nodes for what a slow one owes. False where the dispatch ended over it.</summary>
    private bool Hedge(PendingDispatch pending, DispatchPart part, List<int> groups, DateTimeOffset now)
    {
        _plan.Begin();
        foreach (var group in groups)
        {
            _plan.Add(
                group, pending.Permutation.TokensOf(group).Length,
                Candidates(pending, group, part.Node, now).RemoveAll(node => pending.Expects(group, node)));
        }

        _plan.Share(pending.Layer, pending.Permutation);
        foreach (var share in _plan.Shares)
        {
            if (!_hedges.TrySpend())
                break;
            if (!TakeAttempt(pending))
                return false;
            Draft(pending, share, now);
            part.Hedged = true;
            _metrics.CountHedge();
        }

        return SendDrafts(pending);
    }

    private string Missing(PendingDispatch pending, DateTimeOffset now, string reason)
    {
        var experts = pending.ExpertsOf(pending.OpenGroups().Where(group => Candidates(pending, group, avoid: null, now).IsEmpty));
        return $"layer {pending.Layer}: no reachable node holds {ExpertSets.Format(experts)}{_routes.Placed(experts)}: {reason}"
            + (pending.LastFault is { } fault ? $"; last: {fault}" : "");
    }

    private void Fault(NodeId node, string reason)
    {
        _metrics.CountFault();
        _warn(reason);
        _routes.ReportFault(node, reason);
    }

    private void End(PendingDispatch pending, string error)
    {
        foreach (var accused in pending.Accused().ToList())
            Fault(accused, $"{accused} answered layer {pending.Layer} with values that are no numbers, and no other node could be asked");
        _metrics.CountFailure();
        _warn($"dispatch {pending.DispatchId} failed: {error}");
        pending.Fail(error);
        Forget(pending);
    }

    private void Forget(PendingDispatch pending)
    {
        if (!_pending.Remove(pending.DispatchId))
            return;
        foreach (var part in pending.Parts)
        {
            _parts.Remove(part.FrameId);
            if (part.Awaited)
                KeepLate(part);
        }

        _idle.Push(pending);
    }

    private void KeepLate(DispatchPart part)
    {
        if (_unanswered.Count == MaxLate)
            _late.Remove(_unanswered.Dequeue());
        _unanswered.Enqueue(part.FrameId);
        _late[part.FrameId] = AskedPart.Of(part);
    }

    /// <summary>What an answer tells about its node.</summary>
    private readonly record struct AskedPart(NodeId Node, int AnswerRows, DateTimeOffset Sent, TimeSpan HedgeAfter)
    {
        public static AskedPart Of(DispatchPart part) => new(part.Node, part.AnswerRows, part.Sent, part.HedgeAfter);
    }
}
