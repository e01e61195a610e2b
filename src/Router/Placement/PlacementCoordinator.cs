using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Owns the placement: accepts or refuses members, has placements planned and rolled out (<see cref="PlacementRollouts"/>).
/// Plans anew when a node joins, leaves, dies or cannot load, and when one that could not may try again.
/// </summary>
public sealed class PlacementCoordinator : UntypedActor, IWithTimers
{
    private readonly CoordinatorIdentity _identity;
    private readonly CoordinatorSettings _settings;
    private readonly PlacementState _state;
    private readonly RegisteredFronts _fronts = new();
    private readonly CoordinatorVoice _voice;
    private PlacementRollouts _rollouts = null!;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public PlacementCoordinator(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings)
    {
        _identity = identity;
        _settings = settings;
        _state = new PlacementState(model, settings);
        _voice = new CoordinatorVoice(_state, _fronts);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="identity">What members must agree on.</param>
    /// <param name="model">What is placed.</param>
    /// <param name="settings">Bounds.</param>
    public static Props Props(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings) =>
        Akka.Actor.Props.Create(() => new PlacementCoordinator(identity, model, settings));

    protected override void PreStart()
    {
        _rollouts = new PlacementRollouts(_state, _fronts, _voice, _settings, Context, Timers);
        Timers.StartPeriodicTimer(nameof(Repeat), Repeat.Instance, _settings.RepeatInterval);
        Timers.StartPeriodicTimer(nameof(Rebalance), Rebalance.Instance, _settings.Balance.Interval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RegisterNode register:
                Register(register);
                break;
            case RegisterFront register:
                Register(register);
                break;
            case ExpertsReady ready:
                _rollouts.NodeReady(ready);
                break;
            case LoadFailed failed:
                NodeFailed(failed);
                break;
            case RetryLoading retry when _state.Node(retry.Node) is { PausesLoading: true } node:
                node.TryAgain();
                _rollouts.Replan();
                break;
            case RetryLoading:
                break;
            case LoadProgress progress:
                _state.Node(progress.Node)?.Report(progress);
                break;
            case PlacementAdopted adopted:
                _rollouts.FrontAdopted(adopted);
                break;
            case AdoptTimedOut timedOut:
                _rollouts.GiveUpOnFronts(timedOut);
                break;
            case Repeat:
                _voice.RepeatRollout();
                _voice.TellPending();
                break;
            case Settle:
                EndSettling();
                break;
            case Rebalance:
                _rollouts.Balance();
                break;
            case ReportNodeFault fault:
                Quarantine(fault);
                break;
            case NodeUnreachable unreachable:
                GiveUpOn(unreachable.Node);
                break;
            case NodeLeaving leaving:
                Leave(leaving.Node);
                break;
            case Terminated terminated:
                Lost(terminated.ActorRef, inOrder: !terminated.AddressTerminated);
                break;
            case MemberDown down:
                LoseProcess(down.Node);
                break;
            case MemberReachability reachability:
                SetReachable(reachability.Node, reachability.Reachable);
                break;
            case ReportNodeLoad load:
                Heard(load);
                break;
            case ReportExpertLoad load:
                Heard(load);
                break;
            case GetClusterStatus:
                Sender.Tell(_state.Status(_identity.ModelHash, _fronts.Names, _fronts.Loads));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Register(RegisterNode register)
    {
        var registration = register.Registration;
        var known = _state.Node(registration.Node);
        if ((_identity.Refusal(registration) ?? Full(known is null, _state.Nodes.Count, "expert nodes")) is { } refusal)
        {
            Refuse(registration.Node, refusal);
            return;
        }

        Sender.Tell(new NodeAccepted(registration.Node));
        if (known is not null)
        {
            Reregister(known);
            return;
        }

        var node = new RegisteredNode(registration, Sender) { Held = register.Held, Speed = register.Speed };
        _state.Add(node);
        BoundAbsence(node);
        Context.Watch(Sender);
        _log.Info("{0} joined with {1} bytes for experts and {2} threads", registration.Node, registration.MemoryBudgetBytes, registration.Threads);
        StartSettling();
        if (_state.SettlesEarly)
            EndSettling();
        else
            _rollouts.Replan();
    }

    /// <summary>The answer was lost, or the node's actor started anew and holds nothing: what it is to hold is said again.</summary>
    private void Reregister(RegisteredNode node)
    {
        if (!node.Actor.Equals(Sender))
        {
            Context.Unwatch(node.Actor);
            node.Actor = Sender;
            Context.Watch(Sender);
        }

        if (node.LoadError is not null)
        {
            node.ForgetFailures();
            _rollouts.Replan();
        }
        else if (_state.Wanted.Version > 0)
        {
            _voice.TellExperts(node);
        }
    }

    private void Register(RegisterFront register)
    {
        var known = _fronts.Actor(register.Node);
        if ((_identity.Refusal(register) ?? Full(known is null, _fronts.Names.Count, "fronts")) is { } refusal)
        {
            Refuse(register.Node, refusal);
            return;
        }

        Sender.Tell(new FrontAccepted(register.Node));
        if (known is null)
            _log.Info("front {0} joined", register.Node);
        else if (!known.Equals(Sender))
            Context.Unwatch(known);
        _fronts.Set(register.Node, Sender);
        Context.Watch(Sender);
        StartSettling();
        if (_state.GoOnFrom(register.Placement))
            SettleAnew();
        _state.Rollout?.FrontJoined(register.Node);
        if (_state.Placement.Version > 0 && (_state.Settled || register.Placement.Version == _state.Placement.Version))
            _voice.Publish(Sender);
        _voice.TellImpossible(Sender);
        _voice.TellPending(Sender);
    }

    /// <summary>Whoever registers while nothing is rolled out is told once what it is to hold; the word may have been lost.</summary>
    private void Heard(ReportNodeLoad load)
    {
        if (_state.Node(load.Node) is not { } node)
            return;
        node.Report(load);
        if (load.State == NodeState.Joining && _state.Rollout is null && _state.Wanted.Version > 0)
            _voice.TellExperts(node);
    }

    /// <summary>The same of the placement in force, which a front's reports name.</summary>
    private void Heard(ReportExpertLoad load)
    {
        _fronts.Report(load);
        if (load.Version < _state.Placement.Version && _state is { Rollout: null, Settled: true } && _fronts.Actor(load.Front) is { } front)
            _voice.Publish(front);
    }

    private (RefusalReason Reason, string Message)? Full(bool isNew, int count, string what) => isNew && count >= _settings.MaxNodes
        ? (RefusalReason.Full, $"the cluster has {count} {what} (moe.placement.max-nodes)")
        : null;

    private void Refuse(NodeId node, (RefusalReason Reason, string Message) refusal)
    {
        _log.Warning("refused {0}: {1}", node, refusal.Message);
        Sender.Tell(new RegistrationRefused(node, refusal.Reason, refusal.Message));
    }

    /// <summary>
    /// Members speak from now on. A coordinator that stands by for another has heard nobody yet, however long ago it started.
    /// </summary>
    private void StartSettling()
    {
        if (!_state.Settled && !Timers.IsTimerActive(nameof(Settle)))
            Timers.StartSingleTimer(nameof(Settle), Settle.Instance, _settings.SettleTimeout);
    }

    private void SettleAnew()
    {
        _log.Info("goes on from placement {0} of an earlier coordinator", _state.Placement.Version);
        if (_state.SettlesEarly)
            EndSettling();
        else
            Timers.StartSingleTimer(nameof(Settle), Settle.Instance, _settings.SettleTimeout);
    }

    private void EndSettling()
    {
        if (_state.Settled)
            return;
        Timers.Cancel(nameof(Settle));
        _state.Settle();
        _rollouts.Replan();

        // Fronts that joined meanwhile did not hear of it, as long as nobody knew who of its nodes is here and where.
        if (_state.Rollout is null && _state.Placement.Version > 0)
            _voice.Publish();

        // Nodes that asked meanwhile got no answer.
        _rollouts.ReleaseLeavers();
    }

    private void NodeFailed(LoadFailed failed)
    {
        if (_state.Node(failed.Node) is not { PausesLoading: false } node || _state.Wanted.Version != failed.Version)
            return;
        node.CouldNotLoad(failed.Message);
        var pause = _settings.LoadRetry.Pause(node.LoadFailures);
        _log.Error(
            "{0} could not load its experts, {1} times in a row, and gets none for {2} (moe.placement.load-retry-min): {3}",
            failed.Node, node.LoadFailures, pause, failed.Message);
        Timers.StartSingleTimer((nameof(RetryLoading), failed.Node), new RetryLoading(failed.Node), pause);
        _rollouts.Replan();
    }

    private void Quarantine(ReportNodeFault fault)
    {
        if (_state.Node(fault.Node) is not { Quarantine: null } node)
            return;
        _log.Error("{0} is quarantined until it restarts: {1}", fault.Node, fault.Reason);
        node.Quarantine = fault.Reason;
        _rollouts.Replan();
    }

    /// <summary>A node that hangs keeps its place in the cluster, but others load what it holds.</summary>
    private void GiveUpOn(NodeId id)
    {
        if (_state.Node(id) is not { Reachable: false, Absent: false } node)
            return;
        _log.Warning("{0} has been unreachable for {1} (moe.placement.unreachable-timeout)", id, _settings.UnreachableTimeout);
        node.Absent = true;
        _rollouts.Replan();
    }

    private void SetReachable(NodeId id, bool reachable)
    {
        _state.SetReachable(id, reachable);
        if (_state.Node(id) is not { } node)
            return;
        BoundAbsence(node);
        if (!node.Reachable || !node.Absent)
            return;
        _log.Info("{0} is reachable again", id);
        node.Absent = false;
        _rollouts.Replan();
    }

    private void BoundAbsence(RegisteredNode node)
    {
        var id = node.Registration.Node;
        if (node.Reachable)
            Timers.Cancel(id);
        else
            Timers.StartSingleTimer(id, new NodeUnreachable(id), _settings.UnreachableTimeout);
    }

    private void Leave(NodeId id)
    {
        if (_state.Node(id) is not { } node)
        {
            // The answer was lost, or the node's registration was; it asks again.
            StartSettling();
            if (_state.MayGo(id))
                Sender.Tell(new NodeReleased(id));
            return;
        }

        if (node.Leaving)
            return;
        _log.Info("{0} is leaving", id);
        node.Leaving = true;
        _rollouts.Replan();
        _rollouts.ReleaseLeavers();
    }

    /// <param name="actor">A front's or a node's.</param>
    /// <param name="inOrder">Whether its process has ended it. A node that leaves in order is released before.</param>
    private void Lost(IActorRef actor, bool inOrder)
    {
        if (_fronts.Remove(actor) is { } front)
        {
            _log.Log(inOrder ? LogLevel.InfoLevel : LogLevel.WarningLevel, null, "front {0} is gone", front);
            _rollouts.FrontGone(front);
        }

        if (_state.Nodes.FirstOrDefault(node => node.Actor.Equals(actor))?.Registration.Node is { } id)
        {
            _log.Warning("{0} is gone with its experts", id);
            _state.Remove(id);
            Timers.Cancel(id);
            _rollouts.Replan();
        }
    }

    private void LoseProcess(NodeId id)
    {
        _state.SetReachable(id, true);
        if (_fronts.Actor(id) is { } front)
            Lost(front, inOrder: false);
        if (_state.Node(id) is { } node)
            Lost(node.Actor, inOrder: false);
    }
}
