using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// What a coordinator knows and decides by: the expert nodes, the placement in force and the one on its way into force. Without
/// messages and without a clock.
/// </summary>
/// <param name="model">What is placed.</param>
/// <param name="settings">Bounds and goals.</param>
internal sealed class PlacementState(PlacementModel model, CoordinatorSettings settings)
{
    private readonly Dictionary<NodeId, RegisteredNode> _nodes = [];
    private readonly List<ExpertPlacement> _superseded = [];
    private readonly HashSet<NodeId> _unreachable = [];
    private readonly NodeWeights _weights = new(settings.Speed);

    /// <summary>Whether nodes were told to load by a plan that was given up for a front's placement: they may not hold what that one names.</summary>
    private bool _disturbed;
    private long _lastVersion;

    /// <summary>Why the last plan failed, or null where it did not, and whether experts were lost then.</summary>
    private string? _failure;
    private bool _lost;

    /// <summary>Registered nodes, in the order that they came.</summary>
    public IReadOnlyCollection<RegisteredNode> Nodes => _nodes.Values;

    /// <summary>The placement in force: what fronts route by, or are told to. Version 0 before there is one.</summary>
    public ExpertPlacement Placement { get; private set; } = ExpertPlacement.Empty;

    /// <summary>The placement on its way into force, or null.</summary>
    public PlacementRollout? Rollout { get; private set; }

    /// <summary>What nodes are to hold: the newest placement that they were told.</summary>
    public ExpertPlacement Wanted => Rollout?.Placement ?? Placement;

    /// <summary>Whether everybody had time to say what is held and routed by; nothing is planned before.</summary>
    public bool Settled { get; private set; }

    /// <summary>Why waiting for lost experts is in vain, or null where it is not.</summary>
    public string? Impossible => _lost ? _failure : null;

    /// <summary>What the first placement waits for, or null once it is in force.</summary>
    public string? Pending
    {
        get
        {
            if (Placement.Version > 0)
                return null;
            if (Rollout is { } rollout)
                return $"{rollout.Placement.Nodes.Count} expert {(rollout.Placement.Nodes.Count == 1 ? "node loads" : "nodes load")} the experts";
            var here = _nodes.Values.Count(node => node.Available);
            return here < settings.MinNodes
                ? $"{here} of {settings.MinNodes} expert nodes are here, waiting for {settings.MinNodes - here} (moe.placement.min-nodes)"
                : _failure ?? "expert nodes say what they hold";
        }
    }

    /// <summary>Whether nothing is on its way, missing or in doubt, so that load may be evened out.</summary>
    public bool Steady => Settled && Rollout is null && Placement.Version > 0 && !Losses && Placement.Nodes.All(IsServing);

    /// <summary>Whether waiting would bring nothing: every node of the placement in force is here, or nobody remembers one.</summary>
    public bool SettlesEarly => !Settled && (Placement.Version > 0
        ? Placement.Nodes.All(_nodes.ContainsKey)
        : _nodes.Count >= settings.MinNodes && _nodes.Values.All(node => node.Held.IsEmpty));

    /// <summary>Whether some expert of the placement in force has no node left that answers.</summary>
    public bool Losses => Placement.Version > 0 && Placement.Experts.Any(expert => !Placement.ReplicasOf(expert).Any(IsServing));

    /// <summary>Nodes that want to leave and that no front routes to, nor will.</summary>
    public IEnumerable<RegisteredNode> Leavers => _nodes.Values.Where(node => node.Leaving && MayGo(node.Registration.Node));

    /// <summary>The registered node of that name, or null.</summary>
    public RegisteredNode? Node(NodeId id) => _nodes.GetValueOrDefault(id);

    /// <summary>Whether no front routes to the node, nor will. Before fronts had time to say what they route by, nobody knows.</summary>
    public bool MayGo(NodeId node) => Settled && !IsNamed(node);

    public void Add(RegisteredNode node)
    {
        node.Reachable = !_unreachable.Contains(node.Registration.Node);
        _nodes.Add(node.Registration.Node, node);
    }

    public void Remove(NodeId id) => _nodes.Remove(id);

    /// <summary>The failure detector changed its mind about a process, which need not be a node, or not yet.</summary>
    public void SetReachable(NodeId process, bool reachable)
    {
        if (reachable)
            _unreachable.Remove(process);
        else
            _unreachable.Add(process);
        if (Node(process) is { } node)
            node.Reachable = reachable;
    }

    /// <summary>
    /// A front routes by a placement that this coordinator has not heard of: another one made it. It is what is in force, and its
    /// nodes get time to register before anything is moved.
    /// </summary>
    /// <returns>Whether it is such a placement.</returns>
    public bool GoOnFrom(ExpertPlacement placement)
    {
        if (placement.Version == 0 || placement.Version < _lastVersion || IsOwn(placement))
            return false;
        _disturbed |= _lastVersion > 0;
        _lastVersion = placement.Version;
        Placement = placement;
        Rollout = null;
        Settled = false;
        return true;
    }

    /// <summary>Everybody had time to speak: plans go by what is known.</summary>
    public void Settle()
    {
        Settled = true;
        _disturbed |= _nodes.Values.Any(node => Placement.ExpertsOf(node.Registration.Node).Except(node.Held).Any());
    }

    /// <summary>Plans for the nodes there are. A placement is to be rolled out unless it is what is in force or on its way.</summary>
    public PlacementStep Plan()
    {
        if (!Settled)
            return PlacementStep.Listen.Instance;
        var nodes = _weights.ForPlanner(_nodes.Values);
        if (Placement.Version == 0 && Rollout is null && nodes.Count < settings.MinNodes)
            return new PlacementStep.Wait(nodes.Count);
        var current = Rollout?.Placement ?? InForce();
        _lost = Losses;
        var planned = _lost
            ? Recovered(nodes, out _failure)
            : PlacementPlanner.Plan(model, nodes, current, GoalsFor(nodes), _lastVersion + 1, out _failure);
        if (planned is null)
        {
            if (Rollout is { Published: false })
                Rollout = null;
            return new PlacementStep.Fail(_failure!);
        }

        return !_disturbed && planned.SameAs(current) && (Rollout is not null || Placement.Version > 0)
            ? PlacementStep.Keep.Instance
            : new PlacementStep.Roll(planned);
    }

    /// <summary>Takes over speeds that nodes have reported for long and that are far from those in force.</summary>
    /// <returns>Whether plans go by other shares from now on.</returns>
    public bool FollowSpeeds() => _weights.Look(_nodes.Values);

    /// <summary>The placement in force with a layer's load evened out, or null where it is not worth a move.</summary>
    /// <param name="load">Tokens per expert since the last look.</param>
    public ExpertPlacement? Balanced(IReadOnlyDictionary<ExpertId, long> load)
    {
        var nodes = _weights.ForPlanner(_nodes.Values);
        return Placement.Nodes.All(named => nodes.Exists(node => node.Node == named))
            ? ExpertLoadBalancer.Improve(model, nodes, Placement, load, GoalsFor(nodes), settings.Balance, _lastVersion + 1)
            : null;
    }

    /// <summary>Begins to bring a plan into force.</summary>
    public void Roll(ExpertPlacement planned)
    {
        _lastVersion = planned.Version;
        _disturbed = false;
        Rollout = new PlacementRollout(planned, planned.Nodes);
    }

    /// <summary>The rollout of that version, or null where it is not under way.</summary>
    public PlacementRollout? RolloutOf(long version) => Rollout?.Placement.Version == version ? Rollout : null;

    /// <summary>Has the rollout's placement be in force once all its nodes are ready; nodes serve the older ones on until these fronts have left them.</summary>
    /// <returns>Whether that is now.</returns>
    public bool CutOver(IEnumerable<NodeId> fronts)
    {
        if (Rollout is not { Copied: true, Published: false } rollout)
            return false;
        rollout.Publish(fronts);
        _superseded.Add(Placement);
        Placement = rollout.Placement;
        return true;
    }

    /// <summary>Ends the rollout once every front has left the older placements.</summary>
    /// <returns>Whether that is now.</returns>
    public bool Complete()
    {
        if (Rollout is not { Done: true })
            return false;
        Rollout = null;
        _superseded.Clear();
        return true;
    }

    /// <summary>What people see.</summary>
    public ClusterStatus Status(string modelHash, IEnumerable<NodeId> fronts, IEnumerable<ReportExpertLoad> loads)
    {
        var weighted = _weights.ForPlanner(_nodes.Values);
        return ClusterStatusReport.Of(
            modelHash, model, Placement, GoalsFor(weighted), Rollout?.Placement.Version ?? 0, _nodes.Values, weighted, fronts, loads);
    }

    /// <summary>Whether this coordinator knows the placement; another may have given the same number to a different one.</summary>
    private bool IsOwn(ExpertPlacement placement) =>
        (placement.Version == Placement.Version && placement.SameAs(Placement))
        || (RolloutOf(placement.Version) is { } rollout && placement.SameAs(rollout.Placement));

    private bool IsServing(NodeId node) => Node(node) is { Serving: true };

    /// <summary>Whether a front may still route to the node, or will.</summary>
    private bool IsNamed(NodeId node) =>
        Placement.Nodes.Contains(node)
        || (Rollout?.Placement.Nodes.Contains(node) ?? false)
        || _superseded.Exists(placement => placement.Nodes.Contains(node));

    /// <summary>The placement in force; where no front remembers it, what the nodes hold.</summary>
    private ExpertPlacement InForce()
    {
        if (Placement.Version > 0)
            return Placement;
        var held = _nodes.Values
            .OrderBy(node => node.Registration.Node.Value, StringComparer.Ordinal)
            .SelectMany(node => node.Held, (node, expert) => (Expert: expert, node.Registration.Node))
            .GroupBy(pair => pair.Expert, pair => pair.Node)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray());
        return ExpertPlacement.Create(0, held);
    }

    /// <summary>The placement after a loss; where what is held leaves no room for what is lost, copies give way and experts move.</summary>
    private ExpertPlacement? Recovered(List<PlacementNode> nodes, out string? error) =>
        PlacementPlanner.Recover(model, nodes, InForce(), _lastVersion + 1, out error)
        ?? PlacementPlanner.Plan(model, nodes, InForce(), GoalsFor(nodes), _lastVersion + 1, out error);

    /// <summary>The first placement has one copy of everything, and serves; the others are loaded while it does.</summary>
    private PlacementGoals GoalsFor(IReadOnlyCollection<PlacementNode> nodes)
    {
        var goals = settings.Goals.For(model, nodes);
        return Placement.Version == 0 ? goals with { Replicas = 1 } : goals;
    }
}
