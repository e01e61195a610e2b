using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Owns the placement: accepts or refuses members, plans, and rolls a placement out (copy → serve from both → cut over →
/// release). Plans anew when a node joins, leaves, dies or cannot load, and when one that could not may try again.
/// </summary>
public sealed class PlacementCoordinator : UntypedActor, IWithTimers
{
    private readonly CoordinatorIdentity _identity;
    private readonly PlacementModel _model;
    private readonly CoordinatorSettings _settings;
    private readonly Dictionary<NodeId, RegisteredNode> _nodes = [];
    private readonly Dictionary<NodeId, IActorRef> _fronts = [];
    private readonly Dictionary<NodeId, ReportExpertLoad> _loads = [];
    private readonly List<ExpertPlacement> _superseded = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ExpertPlacement _placement = ExpertPlacement.Empty;
    private PlacementRollout? _rollout;
    private readonly LoadWindow _window = new();
    private readonly NodeWeights _weights;
    private string? _impossible;
    private bool _settled;

    /// <summary>Whether nodes were told to load by a plan that was given up for a front's placement: they may not hold what that one names.</summary>
    private bool _disturbed;
    private long _lastVersion;

    public PlacementCoordinator(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings)
    {
        _identity = identity;
        _model = model;
        _settings = settings;
        _weights = new NodeWeights(settings.Speed);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="identity">What members must agree on.</param>
    /// <param name="model">What is placed.</param>
    /// <param name="settings">Bounds.</param>
    public static Props Props(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings) =>
        Akka.Actor.Props.Create(() => new PlacementCoordinator(identity, model, settings));

    protected override void PreStart()
    {
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
                NodeReady(ready);
                break;
            case LoadFailed failed:
                NodeFailed(failed);
                break;
            case RetryLoading retry:
                TryAgain(retry.Node);
                break;
            case LoadProgress progress:
                if (_nodes.TryGetValue(progress.Node, out var loading))
                    loading.BytesHeld = progress.Bytes;
                break;
            case PlacementAdopted adopted:
                FrontAdopted(adopted);
                break;
            case AdoptTimedOut timedOut:
                GiveUpOnFronts(timedOut);
                break;
            case Repeat:
                RepeatRollout();
                break;
            case Settle:
                EndSettling();
                break;
            case Rebalance:
                Balance();
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
                Lost(terminated.ActorRef);
                break;
            case MemberDown down:
                LoseProcess(down.Node);
                break;
            case MemberReachability reachability:
                SetReachable(reachability.Node, reachability.Reachable);
                break;
            case ReportNodeLoad load:
                if (_nodes.TryGetValue(load.Node, out var reporter))
                    reporter.Report(load);
                break;
            case ReportExpertLoad load:
                if (_fronts.ContainsKey(load.Front))
                    _loads[load.Front] = load;
                break;
            case GetClusterStatus:
                TellStatus();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Register(RegisterNode register)
    {
        var registration = register.Registration;
        var refusal = _identity.Refusal(registration);
        if (refusal is null && !_nodes.ContainsKey(registration.Node) && _nodes.Count >= _settings.MaxNodes)
            refusal = (RefusalReason.Full, $"the cluster has {_nodes.Count} expert nodes (moe.placement.max-nodes)");
        if (refusal is { } refused)
        {
            Refuse(registration.Node, refused);
            return;
        }

        Sender.Tell(new NodeAccepted(registration.Node));
        if (_nodes.TryGetValue(registration.Node, out var known))
        {
            Reregister(known);
            return;
        }

        _nodes.Add(registration.Node, new RegisteredNode(registration, Sender) { Held = register.Held, Speed = register.Speed });
        Context.Watch(Sender);
        _log.Info("{0} joined with {1} bytes for experts and {2} threads", registration.Node, registration.MemoryBudgetBytes, registration.Threads);
        StartSettling();
        if (_settled || !SettlesEarly())
            Replan();
        else
            EndSettling();
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
            Replan();
        }
        else if ((_rollout?.Placement ?? _placement) is { Version: > 0 } placement)
        {
            TellExperts(node, placement);
        }
    }

    private void Register(RegisterFront register)
    {
        var refusal = _identity.Refusal(register);
        if (refusal is null && !_fronts.ContainsKey(register.Node) && _fronts.Count >= _settings.MaxNodes)
            refusal = (RefusalReason.Full, $"the cluster has {_fronts.Count} fronts (moe.placement.max-nodes)");
        if (refusal is { } refused)
        {
            Refuse(register.Node, refused);
            return;
        }

        Sender.Tell(new FrontAccepted(register.Node));
        if (_fronts.TryGetValue(register.Node, out var known) && !known.Equals(Sender))
            Context.Unwatch(known);
        else if (known is null)
            _log.Info("front {0} joined", register.Node);
        _fronts[register.Node] = Sender;
        Context.Watch(Sender);
        StartSettling();
        GoOnFrom(register.Placement);
        if (_rollout is { Published: true } rollout)
            rollout.FrontJoined(register.Node);
        if (_placement.Version > 0 && (_settled || register.Placement.Version == _placement.Version))
            Publish(_placement, Sender);
        if (_impossible is { } reason)
            Sender.Tell(new PlacementImpossible(_placement.Version, reason));
    }

    /// <summary>
    /// A front routes by a placement that this coordinator has not heard of: another one made it. It is what is in force, and its
    /// nodes get time to register before anything is moved.
    /// </summary>
    private void GoOnFrom(ExpertPlacement placement)
    {
        if (placement.Version == 0 || placement.Version < _lastVersion || IsOwn(placement))
            return;
        _log.Info("goes on from placement {0} of an earlier coordinator", placement.Version);
        _disturbed |= _lastVersion > 0;
        _lastVersion = placement.Version;
        _placement = placement;
        _rollout = null;
        _settled = false;
        if (SettlesEarly())
            EndSettling();
        else
            Timers.StartSingleTimer(nameof(Settle), Settle.Instance, _settings.SettleTimeout);
    }

    /// <summary>Whether this coordinator knows the placement; another may have given the same number to a different one.</summary>
    private bool IsOwn(ExpertPlacement placement) =>
        (placement.Version == _placement.Version && placement.SameAs(_placement))
        || (placement.Version == _rollout?.Placement.Version && placement.SameAs(_rollout.Placement));

    /// <summary>
    /// Members speak from now on. A coordinator that stands by for another has heard nobody yet, however long ago it started.
    /// </summary>
    private void StartSettling()
    {
        if (!_settled && !Timers.IsTimerActive(nameof(Settle)))
            Timers.StartSingleTimer(nameof(Settle), Settle.Instance, _settings.SettleTimeout);
    }

    /// <summary>Whether waiting would bring nothing: every node of the placement in force is here, or nobody remembers one.</summary>
    private bool SettlesEarly() => _placement.Version > 0
        ? _placement.Nodes.All(_nodes.ContainsKey)
        : _nodes.Count >= _settings.MinNodes && _nodes.Values.All(node => node.Held.IsEmpty);

    private void EndSettling()
    {
        if (_settled)
            return;
        Timers.Cancel(nameof(Settle));
        _settled = true;
        _disturbed |= _nodes.Values.Any(node => _placement.ExpertsOf(node.Registration.Node).Except(node.Held).Any());
        Replan();
        if (_rollout is not null || _placement.Version == 0)
            return;

        // Fronts that joined meanwhile did not hear of it, as long as nobody knew who of its nodes is here and where.
        PublishToFronts();
    }

    private void Refuse(NodeId node, (RefusalReason Reason, string Message) refusal)
    {
        _log.Warning("refused {0}: {1}", node, refusal.Message);
        Sender.Tell(new RegistrationRefused(node, refusal.Reason, refusal.Message));
    }

    /// <summary>Plans for the nodes there are and starts the rollout, unless the plan is what is in force or on its way.</summary>
    private void Replan()
    {
        if (!_settled)
            return;
        var nodes = _weights.ForPlanner(_nodes.Values);
        if (_placement.Version == 0 && _rollout is null && nodes.Count < _settings.MinNodes)
        {
            _log.Info("waiting for expert nodes: {0} of {1}", nodes.Count, _settings.MinNodes);
            return;
        }

        var current = _rollout?.Placement ?? InForce();
        var losses = Losses();
        var planned = losses
            ? Recovered(nodes, out var error)
            : PlacementPlanner.Plan(_model, nodes, current, GoalsFor(nodes), _lastVersion + 1, out error);
        if (planned is null)
        {
            _log.Warning("cannot place the experts: {0}", error);
            if (_rollout is { Published: false })
                _rollout = null;
            SetImpossible(losses ? error : null);
            return;
        }

        SetImpossible(null);
        if (!_disturbed && planned.SameAs(current) && (_rollout is not null || _placement.Version > 0))
        {
            ReleaseLeavers();
            return;
        }

        Roll(planned);
    }

    /// <summary>The placement after a loss; where what is held leaves no room for what is lost, copies give way and experts move.</summary>
    private ExpertPlacement? Recovered(List<PlacementNode> nodes, out string? error) =>
        PlacementPlanner.Recover(_model, nodes, InForce(), _lastVersion + 1, out error)
        ?? PlacementPlanner.Plan(_model, nodes, InForce(), GoalsFor(nodes), _lastVersion + 1, out error);

    /// <summary>The first placement has one copy of everything, and serves; the others are loaded while it does.</summary>
    private PlacementGoals GoalsFor(IReadOnlyCollection<PlacementNode> nodes)
    {
        var goals = _settings.Goals.For(_model, nodes);
        return _placement.Version == 0 ? goals with { Replicas = 1 } : goals;
    }

    /// <summary>Whether some expert of the placement in force has no node left that answers.</summary>
    private bool Losses() =>
        _placement.Version > 0 && _placement.Experts.Any(expert => !_placement.ReplicasOf(expert).Any(IsServing));

    private bool IsServing(NodeId node) => _nodes.TryGetValue(node, out var known) && known.Serving;

    /// <summary>The placement in force; where no front remembers it, what the nodes hold.</summary>
    private ExpertPlacement InForce()
    {
        if (_placement.Version > 0)
            return _placement;
        var held = _nodes.Values
            .OrderBy(node => node.Registration.Node.Value, StringComparer.Ordinal)
            .SelectMany(node => node.Held, (node, expert) => (Expert: expert, node.Registration.Node))
            .GroupBy(pair => pair.Expert, pair => pair.Node)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray());
        return ExpertPlacement.Create(0, held);
    }

    /// <summary>Fronts hear when waiting for lost experts is in vain, and again when they join.</summary>
    private void SetImpossible(string? reason)
    {
        _impossible = reason;
        if (reason is null)
            return;
        foreach (var front in _fronts.Values)
            front.Tell(new PlacementImpossible(_placement.Version, reason));
    }

    private void Roll(ExpertPlacement planned)
    {
        _lastVersion = planned.Version;
        _disturbed = false;
        _rollout = new PlacementRollout(planned, planned.Nodes);
        foreach (var node in _nodes.Values)
            TellExperts(node, planned);
        _log.Info("placement {0}: {1} experts on {2} nodes", planned.Version, planned.Experts.Length, planned.Nodes.Count);
    }

    /// <summary>Tells a node what a placement puts there; nothing, for a node that it passes over.</summary>
    private static void TellExperts(RegisteredNode node, ExpertPlacement placement) => node.Actor.Tell(
        new LoadExperts(placement.Version, node.Registration.Node, placement.ExpertsOf(node.Registration.Node)));

    private void NodeReady(ExpertsReady ready)
    {
        if (_rollout is not { } rollout || rollout.Placement.Version != ready.Version)
            return;
        if (rollout.Placement.Nodes.Contains(ready.Node) && _nodes.TryGetValue(ready.Node, out var node))
            node.ForgetFailures();
        rollout.NodeReady(ready.Node);
        Publish();
    }

    private void NodeFailed(LoadFailed failed)
    {
        if (!_nodes.TryGetValue(failed.Node, out var node) || node.PausesLoading || (_rollout?.Placement ?? _placement).Version != failed.Version)
            return;
        node.CouldNotLoad(failed.Message);
        var pause = _settings.LoadRetry.Pause(node.LoadFailures);
        _log.Error(
            "{0} could not load its experts, {1} times in a row, and gets none for {2} (moe.placement.load-retry-min): {3}",
            failed.Node, node.LoadFailures, pause, failed.Message);
        Timers.StartSingleTimer((nameof(RetryLoading), failed.Node), new RetryLoading(failed.Node), pause);
        Replan();
    }

    private void TryAgain(NodeId id)
    {
        if (!_nodes.TryGetValue(id, out var node) || !node.PausesLoading)
            return;
        node.TryAgain();
        Replan();
    }

    /// <summary>Cuts over once every node is ready: from now on fronts route by the rollout's placement, one after the other.</summary>
    private void Publish()
    {
        if (_rollout is not { Copied: true, Published: false } rollout)
            return;
        rollout.Publish(_fronts.Keys);
        _superseded.Add(_placement);
        _placement = rollout.Placement;
        PublishToFronts();
        Timers.StartSingleTimer(nameof(AdoptTimedOut), new AdoptTimedOut(_placement.Version), _settings.AdoptTimeout);
        CompleteRollout();
    }

    private void PublishToFronts()
    {
        foreach (var front in _fronts.Values)
            Publish(_placement, front);
    }

    private void Publish(ExpertPlacement placement, IActorRef front) => front.Tell(new PublishPlacement(
        placement,
        [.. placement.Nodes.Where(_nodes.ContainsKey).Select(node => _nodes[node].Registration)
            .Select(node => new LaneEndpoint(node.Node, node.LaneHost, node.LanePort))]));

    private void FrontAdopted(PlacementAdopted adopted)
    {
        if (_rollout is not { } rollout || rollout.Placement.Version != adopted.Version)
            return;
        rollout.FrontAdopted(adopted.Node);
        CompleteRollout();
    }

    private void GiveUpOnFronts(AdoptTimedOut timedOut)
    {
        if (_rollout is not { Published: true } rollout || rollout.Placement.Version != timedOut.Version)
            return;
        foreach (var front in rollout.GiveUpOnFronts())
            _log.Warning("front {0} did not adopt placement {1} within {2}", front, timedOut.Version, _settings.AdoptTimeout);
        CompleteRollout();
    }

    /// <summary>Says again what a rollout waits for; every message is idempotent.</summary>
    private void RepeatRollout()
    {
        if (_rollout is not { } rollout)
            return;
        foreach (var node in rollout.Loading.Where(_nodes.ContainsKey))
            TellExperts(_nodes[node], rollout.Placement);
        foreach (var front in rollout.Adopting.Where(_fronts.ContainsKey))
            Publish(rollout.Placement, _fronts[front]);
    }

    /// <summary>Every front has left the older placements: they can be released, and leaving nodes may go.</summary>
    private void CompleteRollout()
    {
        if (_rollout is not { Done: true })
            return;
        Timers.Cancel(nameof(AdoptTimedOut));
        _rollout = null;
        _superseded.Clear();
        _log.Info("placement {0} is in force", _placement.Version);
        foreach (var node in _nodes.Values)
            node.Actor.Tell(new ReleaseExperts(_placement.Version, node.Registration.Node));
        ReleaseLeavers();

        // After a loss only what was lost was placed; balance and the floor come now.
        Replan();
    }

    /// <summary>Looks at the nodes' speeds, then at what the experts got since the last look, and moves load where it is worth it.</summary>
    private void Balance()
    {
        var load = _window.Take(_loads.Values);
        if (_rollout is not null || !_settled || _placement.Version == 0 || Losses() || !_placement.Nodes.All(IsServing))
            return;
        if (_weights.Look(_nodes.Values))
        {
            _log.Info("nodes' shares follow their measured speeds");
            Replan();
            return;
        }

        var nodes = _weights.ForPlanner(_nodes.Values);
        if (!_placement.Nodes.All(named => nodes.Exists(node => node.Node == named)))
            return;
        if (ExpertLoadBalancer.Improve(_model, nodes, _placement, load, GoalsFor(nodes), _settings.Balance, _lastVersion + 1) is not { } planned)
            return;
        _log.Info("placement {0} evens out the load", planned.Version);
        Roll(planned);
    }

    private void TellStatus()
    {
        var weighted = _weights.ForPlanner(_nodes.Values);
        Sender.Tell(ClusterStatusReport.Of(
            _identity.ModelHash, _model, _placement, GoalsFor(weighted), _rollout?.Placement.Version ?? 0, _nodes.Values, weighted, _fronts.Keys, _loads.Values));
    }

    private void Quarantine(ReportNodeFault fault)
    {
        if (!_nodes.TryGetValue(fault.Node, out var node) || node.Quarantine is not null)
            return;
        _log.Error("{0} is quarantined until it restarts: {1}", fault.Node, fault.Reason);
        node.Quarantine = fault.Reason;
        Replan();
    }

    /// <summary>A node that hangs keeps its place in the cluster, but others load what it holds.</summary>
    private void GiveUpOn(NodeId id)
    {
        if (!_nodes.TryGetValue(id, out var node) || node.Reachable || node.Absent)
            return;
        _log.Warning("{0} has been unreachable for {1} (moe.placement.unreachable-timeout)", id, _settings.UnreachableTimeout);
        node.Absent = true;
        Replan();
    }

    private void ReleaseLeavers()
    {
        foreach (var node in _nodes.Values.Where(node => node.Leaving && !Named(node.Registration.Node)).ToList())
        {
            _nodes.Remove(node.Registration.Node);
            Context.Unwatch(node.Actor);
            node.Actor.Tell(new NodeReleased(node.Registration.Node));
            _log.Info("{0} left", node.Registration.Node);
        }
    }

    /// <summary>Whether a front may still route to the node, or will.</summary>
    private bool Named(NodeId node) =>
        _placement.Nodes.Contains(node)
        || (_rollout?.Placement.Nodes.Contains(node) ?? false)
        || _superseded.Exists(placement => placement.Nodes.Contains(node));

    private void Leave(NodeId id)
    {
        if (!_nodes.TryGetValue(id, out var node))
        {
            Sender.Tell(new NodeReleased(id));
            return;
        }

        if (node.Leaving)
            return;
        _log.Info("{0} is leaving", id);
        node.Leaving = true;
        Replan();
        ReleaseLeavers();
    }

    private void Lost(IActorRef actor)
    {
        foreach (var front in _fronts.Where(pair => pair.Value.Equals(actor)).Select(pair => pair.Key).ToList())
        {
            _log.Warning("front {0} is gone", front);
            _fronts.Remove(front);
            _loads.Remove(front);
            _rollout?.FrontAdopted(front);
            CompleteRollout();
        }

        foreach (var node in _nodes.Values.Where(node => node.Actor.Equals(actor)).ToList())
        {
            _log.Warning("{0} is gone with its experts", node.Registration.Node);
            _nodes.Remove(node.Registration.Node);
            Timers.Cancel(node.Registration.Node);
            Replan();
        }
    }

    private void LoseProcess(NodeId id)
    {
        if (_fronts.TryGetValue(id, out var front))
            Lost(front);
        if (_nodes.TryGetValue(id, out var node))
            Lost(node.Actor);
    }

    private void SetReachable(NodeId id, bool reachable)
    {
        if (!_nodes.TryGetValue(id, out var node))
            return;
        node.Reachable = reachable;
        if (!reachable)
        {
            Timers.StartSingleTimer(id, new NodeUnreachable(id), _settings.UnreachableTimeout);
            return;
        }

        Timers.Cancel(id);
        if (!node.Absent)
            return;
        _log.Info("{0} is reachable again", id);
        node.Absent = false;
        Replan();
    }

    private sealed record AdoptTimedOut(long Version) : INoSerializationVerificationNeeded;

    private sealed record NodeUnreachable(NodeId Node) : INoSerializationVerificationNeeded;

    private sealed record RetryLoading(NodeId Node) : INoSerializationVerificationNeeded;

    private sealed record Settle : INoSerializationVerificationNeeded
    {
        public static Settle Instance { get; } = new();
    }

    private sealed record Rebalance : INoSerializationVerificationNeeded
    {
        public static Rebalance Instance { get; } = new();
    }

    private sealed record Repeat : INoSerializationVerificationNeeded
    {
        public static Repeat Instance { get; } = new();
    }
}

/// <summary>The membership listener → <see cref="PlacementCoordinator"/>: the failure detector changed its mind about a process. Local.</summary>
public sealed record MemberReachability(NodeId Node, bool Reachable) : INoSerializationVerificationNeeded;

/// <summary>The membership listener → <see cref="PlacementCoordinator"/>: a process is down, and what it held is lost. Another that has its address by now is not meant. Local.</summary>
public sealed record MemberDown(NodeId Node) : INoSerializationVerificationNeeded;
