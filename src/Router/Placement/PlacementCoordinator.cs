using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Owns the placement: accepts or refuses members, plans, and rolls a placement out (copy → serve from both → cut over →
/// release). Plans anew when a node joins, leaves, dies or cannot load.
/// </summary>
public sealed class PlacementCoordinator : UntypedActor, IWithTimers
{
    private readonly CoordinatorIdentity _identity;
    private readonly PlacementModel _model;
    private readonly CoordinatorSettings _settings;
    private readonly Dictionary<NodeId, RegisteredNode> _nodes = [];
    private readonly Dictionary<NodeId, IActorRef> _fronts = [];
    private readonly Dictionary<NodeId, ReportExpertLoad> _loads = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ExpertPlacement _placement = ExpertPlacement.Empty;
    private PlacementRollout? _rollout;
    private long _lastVersion;

    private PlacementCoordinator(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings)
    {
        _identity = identity;
        _model = model;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="identity">What members must agree on.</param>
    /// <param name="model">What is placed.</param>
    /// <param name="settings">Bounds.</param>
    public static Props Props(CoordinatorIdentity identity, PlacementModel model, CoordinatorSettings settings) =>
        Akka.Actor.Props.Create(() => new PlacementCoordinator(identity, model, settings));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RegisterNode register:
                Register(register.Registration);
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
            case NodeLeaving leaving:
                Leave(leaving.Node);
                break;
            case Terminated terminated:
                Lost(terminated.ActorRef);
                break;
            case MemberReachability reachability:
                SetReachable(reachability);
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
                Sender.Tell(Status());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Register(NodeRegistration registration)
    {
        var refusal = _identity.Refusal(registration.Node, registration.ModelHash, registration.WireVersion, registration.NumericPolicy);
        if (refusal is null && !_nodes.ContainsKey(registration.Node) && _nodes.Count >= _settings.MaxNodes)
            refusal = (RefusalReason.Full, $"the cluster has {_nodes.Count} expert nodes (moe.placement.max-nodes)");
        if (refusal is { } refused)
        {
            Refuse(registration.Node, refused);
            return;
        }

        if (!_nodes.ContainsKey(registration.Node))
        {
            _nodes.Add(registration.Node, new RegisteredNode(registration, Sender));
            Context.Watch(Sender);
            _log.Info("{0} joined with {1} bytes for experts and {2} threads", registration.Node, registration.MemoryBudgetBytes, registration.Threads);
            Sender.Tell(new NodeAccepted(registration.Node));
            Replan();
            return;
        }

        Sender.Tell(new NodeAccepted(registration.Node));
    }

    private void Register(RegisterFront register)
    {
        if (_identity.Refusal(register.Node, register.ModelHash, register.WireVersion, register.NumericPolicy) is { } refused)
        {
            Refuse(register.Node, refused);
            return;
        }

        Sender.Tell(new FrontAccepted(register.Node));
        if (!_fronts.TryAdd(register.Node, Sender))
            return;
        Context.Watch(Sender);
        _log.Info("front {0} joined", register.Node);
        if (_placement.Version > 0)
            Publish(_placement, Sender);
        if (_rollout is { Published: true } rollout)
        {
            rollout.FrontJoined(register.Node);
            Publish(rollout.Placement, Sender);
        }
    }

    private void Refuse(NodeId node, (RefusalReason Reason, string Message) refusal)
    {
        _log.Warning("refused {0}: {1}", node, refusal.Message);
        Sender.Tell(new RegistrationRefused(node, refusal.Reason, refusal.Message));
    }

    /// <summary>Plans for the nodes there are and starts the rollout, unless the plan is what is in force or on its way.</summary>
    private void Replan()
    {
        var nodes = _nodes.Values.Where(node => !node.Leaving).Select(node => node.ForPlanner()).ToList();
        if (_placement.Version == 0 && _rollout is null && nodes.Count < _settings.MinNodes)
        {
            _log.Info("waiting for expert nodes: {0} of {1}", nodes.Count, _settings.MinNodes);
            return;
        }

        var planned = PlacementPlanner.Plan(_model, nodes, _rollout?.Placement ?? _placement, _lastVersion + 1, out var error);
        if (planned is null)
        {
            _log.Warning("cannot place the experts: {0}", error);
            _rollout = null;
            return;
        }

        if (planned.SameAs(_rollout?.Placement ?? _placement))
        {
            CompleteRollout();
            return;
        }

        _lastVersion = planned.Version;
        _rollout = new PlacementRollout(planned, planned.Nodes);
        foreach (var node in _nodes.Values.Where(node => planned.Nodes.Contains(node.Registration.Node)))
        {
            node.LoadError = null;
            node.Actor.Tell(new LoadExperts(planned.Version, node.Registration.Node, planned.ExpertsOf(node.Registration.Node)));
        }

        _log.Info("placement {0}: {1} experts on {2} nodes", planned.Version, _model.NumExperts * _model.Layers.Count, planned.Nodes.Count);
    }

    private void NodeReady(ExpertsReady ready)
    {
        if (_nodes.TryGetValue(ready.Node, out var node))
            node.ReadyVersion = Math.Max(node.ReadyVersion, ready.Version);
        if (_rollout is not { } rollout || rollout.Placement.Version != ready.Version)
            return;
        rollout.NodeReady(ready.Node);
        AdvanceRollout();
    }

    private void NodeFailed(LoadFailed failed)
    {
        if (!_nodes.TryGetValue(failed.Node, out var node) || _rollout?.Placement.Version != failed.Version)
            return;
        _log.Error("{0} could not load its experts: {1}", failed.Node, failed.Message);
        node.LoadError = failed.Message;
        Replan();
    }

    private void AdvanceRollout()
    {
        if (_rollout is not { Copied: true, Published: false } rollout)
            return;
        rollout.Publish(_fronts.Keys);
        foreach (var front in _fronts.Values)
            Publish(rollout.Placement, front);
        Timers.StartSingleTimer(nameof(AdoptTimedOut), new AdoptTimedOut(rollout.Placement.Version), _settings.AdoptTimeout);
        CompleteRollout();
    }

    private void FrontAdopted(PlacementAdopted adopted)
    {
        if (_rollout?.Placement.Version == adopted.Version)
            _rollout.FrontAdopted(adopted.Node);
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

    /// <summary>Every front has left the older placement: it can be released, and leaving nodes may go.</summary>
    private void CompleteRollout()
    {
        if (_rollout is { Done: true } rollout)
        {
            Timers.Cancel(nameof(AdoptTimedOut));
            _placement = rollout.Placement;
            _rollout = null;
            _log.Info("placement {0} is in force", _placement.Version);
            foreach (var node in _nodes.Values.Where(node => _placement.Nodes.Contains(node.Registration.Node)))
                node.Actor.Tell(new ReleaseExperts(_placement.Version, node.Registration.Node));
        }

        foreach (var node in _nodes.Values.Where(node => node.Leaving && !Names(node.Registration.Node)).ToList())
            ReleaseNode(node);
    }

    private bool Names(NodeId node) =>
        _placement.Nodes.Contains(node) || (_rollout?.Placement.Nodes.Contains(node) ?? false);

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
        CompleteRollout();
    }

    private void ReleaseNode(RegisteredNode node)
    {
        _nodes.Remove(node.Registration.Node);
        Context.Unwatch(node.Actor);
        node.Actor.Tell(new NodeReleased(node.Registration.Node));
        _log.Info("{0} left", node.Registration.Node);
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
            Replan();
        }
    }

    private void SetReachable(MemberReachability reachability)
    {
        foreach (var node in _nodes.Values.Where(node => node.Actor.Path.Address.Equals(reachability.Address)))
            node.Reachable = reachability.Reachable;
    }

    private void Publish(ExpertPlacement placement, IActorRef front) => front.Tell(new PublishPlacement(
        placement,
        [.. placement.Nodes.Where(_nodes.ContainsKey).Select(node => _nodes[node].Registration)
            .Select(node => new LaneEndpoint(node.Node, node.LaneHost, node.LanePort))]));

    private ClusterStatus Status()
    {
        var live = _nodes.Values.Where(node => node.Reachable).Select(node => node.Registration.Node).ToHashSet();
        var missing = _model.Layers
            .SelectMany(layer => Enumerable.Range(0, _model.NumExperts).Select(expert => new ExpertId(layer.Layer, expert)))
            .Where(expert => !_placement.ReplicasOf(expert).Any(live.Contains))
            .ToList();
        var loads = _loads.Values.SelectMany(report => report.Loads)
            .GroupBy(load => load.Expert)
            .Select(group => new ExpertLoad(group.Key, group.Sum(load => load.Tokens)))
            .OrderBy(load => load.Expert);
        return new ClusterStatus(
            _placement.Version,
            _identity.ModelHash,
            [.. _nodes.Values.OrderBy(node => node.Registration.Node.Value, StringComparer.Ordinal)
                .Select(node => node.Status(_placement.ExpertsOf(node.Registration.Node)))],
            [.. _fronts.Keys.OrderBy(front => front.Value, StringComparer.Ordinal)],
            [.. missing.Take(ClusterStatus.MaxMissing)],
            missing.Count,
            [.. loads]);
    }

    private sealed record AdoptTimedOut(long Version) : INoSerializationVerificationNeeded;
}

/// <summary>The membership listener → <see cref="PlacementCoordinator"/>: the failure detector changed its mind about an address. Local.</summary>
public sealed record MemberReachability(Address Address, bool Reachable) : INoSerializationVerificationNeeded;
