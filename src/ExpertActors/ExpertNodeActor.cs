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
    private readonly NodeRegistration _registration;
    private readonly ModelSource _source;
    private readonly ComputePool _pool;
    private readonly IActorRef _coordinator;
    private readonly IActorRef _listener;
    private readonly ExpertNodeSettings _settings;
    private readonly ExpertWorkspaces _workspaces = new();
    private readonly HeldExperts _held = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private NodeState _state = NodeState.Joining;
    private long _version;
    private ImmutableArray<ExpertId> _wanted = [];
    private Queue<ExpertId> _toLoad = new();
    private bool _loading;
    private int _dispatches;
    private long _dispatchesServed;
    private long _rowsComputed;

    private ExpertNodeActor(
        NodeRegistration registration, ModelSource source, ComputePool pool, IActorRef coordinator, IActorRef listener, ExpertNodeSettings settings)
    {
        _registration = registration;
        _source = source;
        _pool = pool;
        _coordinator = coordinator;
        _listener = listener;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="registration">Who this node is and what it offers.</param>
    /// <param name="source">The model; outlives the actor.</param>
    /// <param name="pool">The node's compute threads; outlive the actor.</param>
    /// <param name="coordinator">The placement coordinator, or what forwards to it.</param>
    /// <param name="listener">Gets the messages of ExpertNodeProtocol.cs that are addressed to the listener.</param>
    /// <param name="settings">Intervals and bounds.</param>
    public static Props Props(
        NodeRegistration registration, ModelSource source, ComputePool pool, IActorRef coordinator, IActorRef listener, ExpertNodeSettings settings) =>
        Akka.Actor.Props.Create(() => new ExpertNodeActor(registration, source, pool, coordinator, listener, settings));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Register), Register.Instance, TimeSpan.Zero, _settings.RegisterInterval);
        Timers.StartPeriodicTimer(nameof(ReportLoad), ReportLoad.Instance, _settings.LoadReportInterval);
    }

    /// <summary>An expert whose actor fails is stopped, not restarted: its weights went with it, and the node says so when asked.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DispatchFrame frame:
                Dispatch(frame);
                break;
            case DispatchFinished finished:
                _dispatches--;
                _dispatchesServed++;
                _rowsComputed += finished.Rows;
                break;
            case Register:
                _coordinator.Tell(new RegisterNode(_registration));
                break;
            case NodeAccepted accepted when accepted.Node == _registration.Node:
                Accepted();
                break;
            case RegistrationRefused refused when refused.Node == _registration.Node:
                Refused(refused);
                break;
            case LoadExperts load when load.Node == _registration.Node:
                Load(load);
                break;
            case ExpertLoaded loaded:
                Loaded(loaded);
                break;
            case ExpertLoadFailed failed:
                LoadFailed(failed);
                break;
            case ReleaseExperts release when release.Node == _registration.Node:
                Release(release);
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
            case NodeReleased released when released.Node == _registration.Node:
                Drained();
                break;
            case Terminated terminated:
                _held.Remove(terminated.ActorRef);
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
                DispatchId = frame.DispatchId, Layer = frame.Layer, Failure = refusal.Failure, Message = refusal.Message,
            });
            frame.Dispose();
            return;
        }

        _dispatches++;
        var dispatch = new NodeDispatch(frame, Sender, Self);
        for (var i = 0; i < frame.Experts.Count; i++)
            _held.Actor(new ExpertId(frame.Layer, frame.Experts[i].Expert)).Tell(new ComputeRows(dispatch, i));
    }

    private (DispatchFailure Failure, string Message)? Refusal(DispatchFrame frame)
    {
        if (frame.HiddenSize != _source.Config.HiddenSize)
            return (DispatchFailure.BadRows, $"rows of {frame.HiddenSize} columns for a model of {_source.Config.HiddenSize}");
        if (frame.Experts.Count == 0)
            return (DispatchFailure.BadRows, "a dispatch without experts");
        if (_held.MissingOf(frame) is { Count: > 0 } missing)
            return (DispatchFailure.ExpertNotHeld, $"{_registration.Node} does not hold {ExpertSets.Format(missing)}");
        if (_dispatches >= _settings.MaxDispatches)
            return (DispatchFailure.Overloaded, $"{_registration.Node} has {_dispatches} dispatches under way (moe.expert.max-dispatches)");
        return null;
    }

    private void Accepted()
    {
        if (!Timers.IsTimerActive(nameof(Register)))
            return;
        Timers.Cancel(nameof(Register));
        _log.Info("{0} joined", _registration.Node);
        _listener.Tell(new ExpertNodeStateChanged(_state, "joined the cluster; waiting for experts"));
    }

    private void Refused(RegistrationRefused refused)
    {
        Timers.CancelAll();
        _log.Error("{0} was refused by the coordinator: {1}", _registration.Node, refused.Message);
        _listener.Tell(new ExpertNodeRefused(refused.Reason, refused.Message));
    }

    private void Load(LoadExperts load)
    {
        if (load.Version < _version)
            return;
        _version = load.Version;
        _wanted = load.Experts;
        _toLoad = new Queue<ExpertId>(_wanted.Where(expert => !_held.Contains(expert)));
        var bytes = _wanted.Sum(expert => _source.ExpertBytes(expert.Layer));
        if (bytes > _registration.MemoryBudgetBytes)
        {
            _coordinator.Tell(new LoadFailed(_version, _registration.Node,
                $"{_wanted.Length} experts take {bytes} bytes, the budget is {_registration.MemoryBudgetBytes}"));
            return;
        }

        if (_state != NodeState.Draining)
            ChangeState(NodeState.Loading, $"loading {_toLoad.Count} of {_wanted.Length} experts");
        LoadNext();
    }

    /// <summary>One expert at a time: reads are sequential, and a newer set is noticed between two of them.</summary>
    private void LoadNext()
    {
        if (_loading)
            return;
        if (_toLoad.Count == 0)
        {
            _coordinator.Tell(new ExpertsReady(_version, _registration.Node, _held.Bytes));
            if (_state == NodeState.Loading)
                ChangeState(NodeState.Ready, $"holding {_held.Count} experts, {_held.Bytes} bytes");
            return;
        }

        var expert = _toLoad.Dequeue();
        var self = Self;
        _loading = _pool.TrySubmit(() => LoadOnPool(expert, self));
        if (!_loading)
            self.Tell(new ExpertLoadFailed(expert, "the compute queue is full"));
    }

    private void LoadOnPool(ExpertId expert, IActorRef self)
    {
        try
        {
            self.Tell(new ExpertLoaded(expert, _source.Expert(expert.Layer, expert.Expert)));
        }
        catch (Exception exception)
        {
            // The coordinator waits for an answer; whatever went wrong while reading is that answer.
            self.Tell(new ExpertLoadFailed(expert, exception.Message));
        }
    }

    private void Loaded(ExpertLoaded loaded)
    {
        _loading = false;
        if (_held.Contains(loaded.Expert))
        {
            // A newer set asked for it again while it was being read.
            loaded.Weights.Dispose();
            LoadNext();
            return;
        }

        var actor = Context.ActorOf(
            ExpertActor.Props(loaded.Weights, _pool, _workspaces), $"{loaded.Expert.Layer}-{loaded.Expert.Expert}-{_version}");
        Context.Watch(actor);
        _held.Add(loaded.Expert, actor, loaded.Weights.Bytes);
        var progress = new LoadProgress(_version, _registration.Node, _wanted.Length - _toLoad.Count, _wanted.Length, _held.Bytes);
        _coordinator.Tell(progress);
        _listener.Tell(new ExpertNodeLoading(progress.Loaded, progress.Total, progress.Bytes));
        LoadNext();
    }

    private void LoadFailed(ExpertLoadFailed failed)
    {
        _loading = false;
        _toLoad.Clear();
        _log.Error("{0} could not load expert {1}: {2}", _registration.Node, failed.Expert, failed.Message);
        _coordinator.Tell(new LoadFailed(_version, _registration.Node, $"expert {failed.Expert}: {failed.Message}"));
    }

    private void Release(ReleaseExperts release)
    {
        if (release.Version != _version)
            return;
        foreach (var actor in _held.RemoveOthers(_wanted.ToHashSet()))
        {
            Context.Unwatch(actor);
            actor.Tell(ReleaseExpert.Instance);
        }
    }

    private void Report() => _coordinator.Tell(new ReportNodeLoad(
        _registration.Node, _state, _held.Count, _held.Bytes, _rowsComputed, _dispatchesServed, _dispatches));

    private void Rejoin()
    {
        // A new coordinator numbers its placements anew.
        _version = 0;
        Timers.StartPeriodicTimer(nameof(Register), Register.Instance, TimeSpan.Zero, _settings.RegisterInterval);
    }

    private void StartDraining()
    {
        if (_state != NodeState.Draining)
        {
            ChangeState(NodeState.Draining, "leaving: serving until other nodes hold these experts");
            Timers.StartPeriodicTimer(nameof(Drain), Drain.Instance, _settings.RegisterInterval);
        }

        _coordinator.Tell(new NodeLeaving(_registration.Node));
    }

    private void Drained()
    {
        if (_state != NodeState.Draining)
            return;
        _listener.Tell(ExpertNodeDrained.Instance);
        Context.Stop(Self);
    }

    private void ChangeState(NodeState state, string message)
    {
        _state = state;
        _log.Info("{0}: {1}", _registration.Node, message);
        _listener.Tell(new ExpertNodeStateChanged(state, message));
        Report();
    }

    private sealed record Register : INoSerializationVerificationNeeded
    {
        public static Register Instance { get; } = new();
    }

    private sealed record ReportLoad : INoSerializationVerificationNeeded
    {
        public static ReportLoad Instance { get; } = new();
    }

    private sealed record ExpertLoaded(ExpertId Expert, ExpertWeights Weights) : INoSerializationVerificationNeeded;

    private sealed record ExpertLoadFailed(ExpertId Expert, string Message) : INoSerializationVerificationNeeded;
}
