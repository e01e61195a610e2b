using Akka.Actor;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The fronts that the coordinator knows, and what they reported.</summary>
internal sealed class RegisteredFronts
{
    private readonly Dictionary<NodeId, IActorRef> _actors = [];
    private readonly Dictionary<NodeId, ReportExpertLoad> _loads = [];
    private readonly LoadWindow _window = new();

    /// <summary>Their names, in the order that they came.</summary>
    public IReadOnlyCollection<NodeId> Names => _actors.Keys;

    /// <summary>The last report of each that sent one.</summary>
    public IReadOnlyCollection<ReportExpertLoad> Loads => _loads.Values;

    /// <summary>The front's actor, or null.</summary>
    public IActorRef? Actor(NodeId front) => _actors.GetValueOrDefault(front);

    /// <summary>A front that is new, or whose actor has started anew.</summary>
    public void Set(NodeId front, IActorRef actor) => _actors[front] = actor;

    /// <summary>Forgets the front that an actor spoke for.</summary>
    /// <returns>Its name, or null for a stranger.</returns>
    public NodeId? Remove(IActorRef actor)
    {
        foreach (var (front, known) in _actors)
        {
            if (!known.Equals(actor))
                continue;
            _actors.Remove(front);
            _loads.Remove(front);
            return front;
        }

        return null;
    }

    public void Report(ReportExpertLoad load)
    {
        if (_actors.ContainsKey(load.Front))
            _loads[load.Front] = load;
    }

    /// <summary>Tokens per expert since the last call.</summary>
    public Dictionary<ExpertId, long> TakeLoad() => _window.Take(_loads.Values);

    /// <summary>Tells all of them.</summary>
    public void Tell(object message)
    {
        foreach (var actor in _actors.Values)
            actor.Tell(message);
    }
}
