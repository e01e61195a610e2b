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
    private readonly IExpertSource _source;
    private readonly IWorkQueue _pool;
    private readonly IActorRef _coordinator;
    private readonly IActorRef _listener;
    private readonly ExpertNodeSettings _settings;
    private readonly ExpertWorkspaces _workspaces = new();
    private readonly HeldExperts _held = new();
    private readonly Props? _fetcherProps;
    private readonly HashSet<ExpertId> _fetched = [];
    private IActorRef? _fetcher;
    private int _fetchRound;
    private FetchCounts _fetchCounts = FetchCounts.None;
    private bool _accepted;

    /// <summary>The coordinator that took this node last: the one whose word counts.</summary>
    private IActorRef _accepter = ActorRefs.Nobody;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private NodeState _state = NodeState.Joining;
    private LoadPlan _plan;
    private ExpertId? _reading;
    private long _actors;
    private int _dispatches;
    private bool _released;
    private long _dispatchesServed;
    private long _rowsComputed;
    private readonly ComputeSpeed _speed = new();

    public ExpertNodeActor(
        NodeRegistration registration, IExpertSource source, IWorkQueue pool, IActorRef coordinator, IActorRef listener, ExpertNodeSettings settings,
        Props? fetcher = null)
    {
        _registration = registration;
        _source = source;
        _pool = pool;
        _coordinator = coordinator;
        _listener = listener;
        _settings = settings;
        _fetcherProps = fetcher;
        _plan = LoadPlan.Nothing(_held);
    }

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
        StartRegistering();
        StartFetcher();
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
            case Register:
                _coordinator.Tell(new RegisterNode(_registration, [.. _held.Experts.Order()], _speed.BytesPerSecond));
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
            case ExpertFetched fetched:
                Fetched(fetched);
                break;
            case ExpertFetchFailed failed when _plan.Wanted.Contains(failed.Expert):
                Fail($"expert {failed.Expert}: {failed.Message}");
                break;
            case ExpertFetchFailed:
                break;
            case FetchReport report:
                _fetchCounts = report.Counts;
                break;
            case ReleaseExperts release when release.Node == _registration.Node:
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
            case NodeReleased released when released.Node == _registration.Node:
                Released();
                break;
            case Terminated terminated:
                Lost(terminated.ActorRef);
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
        var dispatch = NodeDispatch.Start(frame, Sender, Self, _workspaces, Context.System.Scheduler, _settings.Activations);
        for (var i = 0; i < dispatch.ExpertCount; i++)
            _held.Actor(dispatch.Expert(i)).Tell(new ComputeRows(dispatch, i));
    }

    private (DispatchFailure Failure, string Message)? Refusal(DispatchFrame frame)
    {
        if (_released)
            return (DispatchFailure.Draining, $"{_registration.Node} has left the placement");
        if (_dispatches >= _settings.MaxDispatches)
            return (DispatchFailure.Overloaded, $"{_registration.Node} has {_dispatches} dispatches under way (moe.expert.max-dispatches)");
        if (DispatchRules.Defect(frame, _source.HiddenSize, _settings.MaxAnswerBytes) is { } defect)
            return (DispatchFailure.BadRows, defect);
        if (_held.MissingOf(frame) is { } missing)
            return (DispatchFailure.ExpertNotHeld, $"{_registration.Node} does not hold {ExpertSets.Format(missing)}");
        return null;
    }

    private void Finished(DispatchFinished finished)
    {
        _dispatches--;
        _dispatchesServed++;
        _rowsComputed += finished.Rows;
        if (finished.Rows > 0)
            _speed.Add(finished.Started, finished.Ended, finished.WeightBytes, finished.MostRows);
        StopWhenReleased();
    }

    private void Accepted()
    {
        _accepted = true;
        if (!Sender.Equals(_accepter))
        {
            // Each coordinator has numbers of its own.
            _accepter = Sender;
            _plan = LoadPlan.Nothing(_held);
        }

        if (!Timers.IsTimerActive(nameof(Register)))
            return;
        Timers.Cancel(nameof(Register));
        StartReporting();
        _log.Info("{0} joined", _registration.Node);
        _listener.Tell(new ExpertNodeStateChanged(_state, "joined the cluster; waiting for experts"));
    }

    private void Refused(RegistrationRefused refused)
    {
        Timers.Cancel(nameof(Register));
        Timers.Cancel(nameof(ReportLoad));
        _log.Error("{0} was refused by the coordinator: {1}", _registration.Node, refused.Message);
        _listener.Tell(new ExpertNodeRefused(refused.Reason, refused.Message));
    }

    /// <summary>
    /// Whether a word is that of the coordinator that took this node. A former one may plan until it notices that it is none any more, and
    /// with higher numbers than the new one's, which then would never be followed. Where this node is wrong about who is which, asking helps.
    /// </summary>
    private bool IsAccepter(IActorRef coordinator)
    {
        if (coordinator.Equals(_accepter))
            return true;
        if (!Timers.IsTimerActive(nameof(Register)))
            StartRegistering();
        return false;
    }

    private void Load(LoadExperts load)
    {
        if (!IsAccepter(Sender) || load.Version < _plan.Version)
            return;
        var repeated = load.Version == _plan.Version && _plan.Failure is null && _plan.Wanted.SetEquals(load.Experts);
        if (!repeated)
            _plan = new LoadPlan(load.Version, load.Experts, _held);
        if (Excess() is { } excess)
        {
            Fail(excess);
            return;
        }

        if (_state != NodeState.Draining && !repeated)
            ChangeState(NodeState.Loading, $"loading {_plan.Waiting} of {_plan.Wanted.Count} experts");
        if (!repeated)
            Fetch();
        LoadNext();
    }

    /// <summary>Why the experts cannot be held here, or null.</summary>
    private string? Excess()
    {
        foreach (var expert in _plan.Wanted)
        {
            if (!_source.HasExpert(expert.Layer, expert.Expert))
                return $"expert {expert} is none of the model's";
        }

        var bytes = _plan.Wanted.CountBy(expert => expert.Layer).Sum(layer => layer.Value * _source.ExpertBytes(layer.Key));
        return bytes > _registration.MemoryBudgetBytes
            ? $"{_plan.Wanted.Count} experts take {bytes} bytes, the budget is {_registration.MemoryBudgetBytes} (moe.expert.memory-budget)"
            : null;
    }

    /// <summary>One expert at a time: reads are sequential, and a newer set is noticed between two of them.</summary>
    private void LoadNext()
    {
        if (_reading is not null || _plan.Failure is not null || _plan.Version == 0)
            return;
        if (_plan.Next(_held, _fetcher is null ? null : _fetched) is not { } expert)
        {
            // What is not here yet is on its way.
            if (_plan.Waiting > 0)
                return;
            _coordinator.Tell(new ExpertsReady(_plan.Version, _registration.Node, _held.Bytes));
            if (_state == NodeState.Loading)
                ChangeState(NodeState.Ready, $"holding {_held.Count} experts, {_held.Bytes} bytes");
            return;
        }

        var self = Self;
        if (_pool.TrySubmit(() => LoadOnPool(expert, self)))
        {
            _reading = expert;
            return;
        }

        // The threads are busy with dispatches; those go first.
        _plan.Defer(expert);
        Timers.StartSingleTimer(nameof(ContinueLoading), ContinueLoading.Instance, _settings.RegisterInterval);
    }

    private void LoadOnPool(ExpertId expert, IActorRef self)
    {
        try
        {
            self.Tell(new ExpertLoaded(expert, _source.Expert(expert.Layer, expert.Expert)), ActorRefs.NoSender);
        }
        catch (Exception exception)
        {
            // The coordinator waits for an answer; whatever went wrong while reading is that answer.
            self.Tell(new ExpertLoadFailed(expert, exception.Message), ActorRefs.NoSender);
        }
    }

    private void Loaded(ExpertLoaded loaded)
    {
        _reading = null;
        _fetcher?.Tell(new ExpertTaken(loaded.Expert));
        if (!_plan.Wanted.Contains(loaded.Expert) || _held.Contains(loaded.Expert))
        {
            // A newer set does without it.
            loaded.Weights.Dispose();
            LoadNext();
            return;
        }

        // An actor of the same expert may still be stopping: names are not used twice.
        var name = $"{loaded.Expert.Layer}-{loaded.Expert.Expert}-{_actors++}";
        var actor = Context.ActorOf(ExpertActor.Props(loaded.Weights, _pool, _workspaces).WithDispatcher(Context.Props.Dispatcher), name);
        Context.Watch(actor);
        _held.Add(loaded.Expert, actor, loaded.Weights.Bytes);
        var progress = new LoadProgress(
            _plan.Version, _registration.Node, _plan.Wanted.Count - _plan.Waiting, _plan.Wanted.Count, _held.Bytes);
        _coordinator.Tell(progress);
        _listener.Tell(new ExpertNodeLoading(progress.Loaded, progress.Total, progress.Bytes));
        LoadNext();
    }

    private void LoadFailed(ExpertLoadFailed failed)
    {
        _reading = null;
        _fetcher?.Tell(new ExpertTaken(failed.Expert));
        if (_plan.Wanted.Contains(failed.Expert))
            Fail($"expert {failed.Expert}: {failed.Message}");
        else
            LoadNext();
    }

    private void StartFetcher()
    {
        if (_fetcherProps is null)
            return;
        _fetcher = Context.ActorOf(_fetcherProps);
        Context.Watch(_fetcher);
    }

    /// <summary>Has the fetcher bring what is wanted and not held; what it was asked for before and is not wanted it gives up.</summary>
    private void Fetch()
    {
        _fetched.Clear();
        _fetcher?.Tell(new FetchExperts(++_fetchRound, [.. _plan.Missing(_held)]));
    }

    private void Fetched(ExpertFetched fetched)
    {
        if (fetched.Round != _fetchRound)
            return;
        _fetched.Add(fetched.Expert);
        LoadNext();
    }

    private void Fail(string failure)
    {
        _plan.Fail(failure);
        Fetch();
        _log.Error("{0} cannot hold its experts: {1}", _registration.Node, failure);
        _coordinator.Tell(new LoadFailed(_plan.Version, _registration.Node, failure));
    }

    private void Lost(IActorRef actor)
    {
        if (actor.Equals(_fetcher))
        {
            StartFetcher();
            Fail("the actor that fetches weights failed");
            return;
        }

        if (_held.Remove(actor) is not { } expert)
            return;
        _log.Error("{0}: the actor of expert {1} failed", _registration.Node, expert);
        _plan.Reload(expert);
        if (_plan.Failure is { } failure)
        {
            Fail(failure);
            return;
        }

        Fetch();
        LoadNext();
    }

    private void Release(ReleaseExperts release)
    {
        if (!IsAccepter(Sender) || release.Version != _plan.Version)
            return;
        foreach (var actor in _held.RemoveOthers(_plan.Wanted))
        {
            Context.Unwatch(actor);
            actor.Tell(ReleaseExpert.Instance);
        }
    }

    private void Report() => _coordinator.Tell(new ReportNodeLoad(
        _registration.Node, _state, _held.Count, _held.Bytes, _rowsComputed, _dispatchesServed, _dispatches, _speed.BytesPerSecond, _fetchCounts));

    /// <summary>A new coordinator hears what is held, and may number its placements anew; what is held serves on until it speaks.</summary>
    private void Rejoin()
    {
        _accepter = ActorRefs.Nobody;
        _plan = LoadPlan.Nothing(_held);
        StartRegistering();
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
            Timers.StartPeriodicTimer(nameof(Drain), Drain.Instance, _settings.RegisterInterval);
        }

        _coordinator.Tell(new NodeLeaving(_registration.Node));
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
        _listener.Tell(ExpertNodeDrained.Instance);
        Context.Stop(Self);
    }

    private void StartRegistering() =>
        Timers.StartPeriodicTimer(nameof(Register), Register.Instance, TimeSpan.Zero, _settings.RegisterInterval);

    private void StartReporting() =>
        Timers.StartPeriodicTimer(nameof(ReportLoad), ReportLoad.Instance, _settings.LoadReportInterval);

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

    private sealed record ContinueLoading : INoSerializationVerificationNeeded
    {
        public static ContinueLoading Instance { get; } = new();
    }

    private sealed record ExpertLoaded(ExpertId Expert, ExpertWeights Weights) : INoSerializationVerificationNeeded;

    private sealed record ExpertLoadFailed(ExpertId Expert, string Message) : INoSerializationVerificationNeeded;
}
