using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// One node's experts. Registers with the coordinator, loads what it is told to, answers dispatches.
/// <para>States: joining (registering) → loading → ready, back to loading whenever a newer set arrives (what is held serves
/// on) → draining (serves until no placement names the node) → stopped.</para>
/// </summary>
public sealed class ExpertNodeActor : UntypedActor, IWithTimers
{
    private readonly ExpertNodeParts _node;
    private readonly HeldExperts _held = new();
    private readonly ComputeSpeed _speed = new();
    private readonly Stack<NodeDispatch> _idle = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private CoordinatorContact _contact = null!;
    private ExpertLoader _loader = null!;
    private FetchCounts _fetchCounts = FetchCounts.None;
    private NodeState _state = NodeState.Joining;
    private bool _accepted;
    private bool _released;
    private int _dispatches;
    private long _dispatchesServed;
    private long _rowsComputed;

    public ExpertNodeActor(
        NodeRegistration registration, IExpertSource source, IWorkQueue pool, IActorRef coordinator, IActorRef listener, ExpertNodeSettings settings,
        Props? fetcher = null) =>
        _node = new ExpertNodeParts(registration, source, pool, coordinator, listener, settings, fetcher);

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="registration">Who this node is and what it offers.</param>
    /// <param name="source">The model; outlives the actor.</param>
    /// <param name="pool">The node's compute threads; outlive the actor.</param>
    /// <param name="coordinator">The placement coordinator, or what forwards to it.</param>
    /// <param name="listener">Gets the messages of ExpertNodeProtocol.cs that are addressed to the listener.</param>
    /// <param name="settings">Intervals and bounds.</param>
    /// <param name="fetcher">A <see cref="WeightsFetcher"/> that brings experts before they are loaded, or null where the source has them.</param>
    public static Props Props(
        NodeRegistration registration, IExpertSource source, IWorkQueue pool, IActorRef coordinator, IActorRef listener, ExpertNodeSettings settings,
        Props? fetcher = null) =>
        Akka.Actor.Props.Create(() => new ExpertNodeActor(registration, source, pool, coordinator, listener, settings, fetcher));

    protected override void PreStart()
    {
        _contact = new CoordinatorContact(Timers, _node.Settings.RegisterInterval);
        _loader = new ExpertLoader(_node, _held, Context, Timers);
        _contact.Register();
        _loader.StartFetcher();
    }

    /// <summary>An expert whose actor fails is stopped, not restarted: its weights went with it, and the node reads them again, a bounded number of times.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DispatchFrame frame:
                Dispatch(frame);
                break;
            case DispatchFinished finished:
                Finished(finished);
                break;
            case RegistrationDue:
                _node.Coordinator.Tell(new RegisterNode(_node.Registration, [.. _held.Experts.Order()], _speed.BytesPerSecond));
                break;
            case NodeAccepted accepted when accepted.Node == _node.Id:
                Accepted();
                break;
            case RegistrationRefused refused when refused.Node == _node.Id:
                Refused(refused);
                break;
            case LoadExperts load when load.Node == _node.Id:
                Load(load);
                break;
            case ExpertLoaded loaded:
                _loader.Loaded(loaded);
                LoadNext();
                break;
            case ExpertLoadFailed failed:
                _loader.LoadFailed(failed);
                LoadNext();
                break;
            case ExpertFetched fetched:
                if (_loader.Fetched(fetched))
                    LoadNext();
                break;
            case ExpertFetchFailed failed:
                _loader.FailIfWanted(failed.Expert, failed.Message);
                break;
            case FetchReport report:
                _fetchCounts = report.Counts;
                break;
            case ReleaseExperts release when release.Node == _node.Id:
                Release(release);
                break;
            case ContinueLoading:
                LoadNext();
                break;
            case ReportLoad:
                Report();
                break;
            case CoordinatorChanged:
                Rejoin();
                break;
            case Drain:
                StartDraining();
                break;
            case NodeReleased released when released.Node == _node.Id:
                Released();
                break;
            case Terminated terminated:
                _loader.Lost(terminated.ActorRef);
                LoadNext();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Dispatch(DispatchFrame frame)
    {
        if (Refusal(frame) is { } refusal)
        {
            Sender.Tell(new DispatchFailedFrame
            {
                DispatchId = frame.DispatchId, Layer = frame.Layer, Failure = refusal.Failure, Message = refusal.Message, Experts = refusal.Experts,
            });
            frame.Dispose();
            return;
        }

        _dispatches++;
        if (!_idle.TryPop(out var dispatch))
            dispatch = new NodeDispatch(Self, _node.Workspaces, Context.System.Scheduler, _node.Settings.Activations);
        dispatch.Start(frame, Sender);
        for (var i = 0; i < dispatch.ExpertCount; i++)
            _held.Actor(dispatch.Expert(i)).Tell(dispatch.Work(i));
    }

    private (DispatchFailure Failure, string Message, ImmutableArray<int> Experts)? Refusal(DispatchFrame frame)
    {
        if (_released)
            return (DispatchFailure.Draining, $"{_node.Id} has left the placement", []);
        if (_dispatches >= _node.Settings.MaxDispatches)
            return (DispatchFailure.Overloaded, $"{_node.Id} has {_dispatches} dispatches under way (moe.expert.max-dispatches)", []);
        if (DispatchRules.Defect(frame, _node.Source.HiddenSize, _node.Settings.MaxAnswerBytes) is { } defect)
            return (DispatchFailure.BadRows, defect, []);
        if (_held.MissingOf(frame) is { } missing)
            return (DispatchFailure.ExpertNotHeld, $"{_node.Id} does not hold {ExpertSets.Format(missing)}", [.. missing.Select(expert => expert.Expert)]);
        return null;
    }

    private void Finished(DispatchFinished finished)
    {
        _dispatches--;
        _dispatchesServed++;
        _rowsComputed += finished.Rows;
        if (finished.Rows > 0)
            _speed.Add(finished.Started, finished.Ended, finished.WeightBytes, finished.MostRows);
        _idle.Push(finished.Dispatch);
        StopWhenReleased();
    }

    private void Accepted()
    {
        _accepted = true;
        var registering = _contact.IsRegistering;
        if (_contact.Accepted(Sender))
            _loader.Forget();
        if (!registering)
            return;
        StartReporting();
        _log.Info("{0} joined", _node.Id);
        _node.Listener.Tell(new ExpertNodeStateChanged(_state, "joined the cluster; waiting for experts"));
    }

    private void Refused(RegistrationRefused refused)
    {
        _contact.Refused();
        Timers.Cancel(nameof(ReportLoad));
        _log.Error("{0} was refused by the coordinator: {1}", _node.Id, refused.Message);
        _node.Listener.Tell(new ExpertNodeRefused(refused.Reason, refused.Message));
    }

    private void Load(LoadExperts load)
    {
        if (!_contact.Heeds(Sender) || load.Version < _loader.Plan.Version)
            return;
        if (_loader.Begin(load) && _state != NodeState.Draining)
            ChangeState(NodeState.Loading, Loading(_loader.Plan));
        LoadNext();
    }

    private static string Loading(LoadPlan plan) =>
        plan.Waiting == 0 ? $"holds the {plan.Wanted.Count} experts that it is asked for" : $"loading {plan.Waiting} of {plan.Wanted.Count} experts";

    private void LoadNext()
    {
        if (!_loader.LoadNext())
            return;
        _node.Coordinator.Tell(new ExpertsReady(_loader.Plan.Version, _node.Id, _held.Bytes));
        if (_state == NodeState.Loading)
            ChangeState(NodeState.Ready, $"holding {_held.Count} experts, {_held.Bytes} bytes");
    }

    private void Release(ReleaseExperts release)
    {
        if (_contact.Heeds(Sender) && release.Version == _loader.Plan.Version)
            _loader.ReleaseOthers();
    }

    private void Report() => _node.Coordinator.Tell(new ReportNodeLoad(
        _node.Id, _state, _held.Count, _held.Bytes, _rowsComputed, _dispatchesServed, _dispatches, _speed.BytesPerSecond, _fetchCounts));

    /// <summary>A new coordinator hears what is held, and may number its placements anew; what is held serves on until it speaks.</summary>
    private void Rejoin()
    {
        _loader.Forget();
        _contact.Register();
    }

    private void StartDraining()
    {
        if (!_accepted)
        {
            // No cluster knows the node, so nobody can release it, nor misses it.
            _released = true;
            StopWhenReleased();
            return;
        }

        if (_state != NodeState.Draining)
        {
            ChangeState(NodeState.Draining, "leaving: serving until other nodes hold these experts");
            Timers.StartPeriodicTimer(nameof(Drain), Drain.Instance, _node.Settings.RegisterInterval);
        }

        _node.Coordinator.Tell(new NodeLeaving(_node.Id));
    }

    private void Released()
    {
        if (_state != NodeState.Draining)
            return;
        _released = true;
        StopWhenReleased();
    }

    /// <summary>No placement names the node; what was sent before is still answered.</summary>
    private void StopWhenReleased()
    {
        if (!_released || _dispatches > 0)
            return;
        _node.Listener.Tell(ExpertNodeDrained.Instance);
        Context.Stop(Self);
    }

    private void StartReporting() =>
        Timers.StartPeriodicTimer(nameof(ReportLoad), ReportLoad.Instance, _node.Settings.LoadReportInterval);

    private void ChangeState(NodeState state, string message)
    {
        _state = state;
        _log.Info("{0}: {1}", _node.Id, message);
        _node.Listener.Tell(new ExpertNodeStateChanged(state, message));
        Report();
    }

    private sealed record ReportLoad : INoSerializationVerificationNeeded
    {
        public static ReportLoad Instance { get; } = new();
    }
}
