using Akka.Actor;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>The experts a node holds, and their actors. Belongs to the node's actor.</summary>
internal sealed class HeldExperts
{
    private readonly Dictionary<ExpertId, (IActorRef Actor, long Bytes)> _held = [];

    public int Count => _held.Count;

    public IEnumerable<ExpertId> Experts => _held.Keys;

    public long Bytes { get; private set; }

    public bool Contains(ExpertId expert) => _held.ContainsKey(expert);

    public IActorRef Actor(ExpertId expert) => _held[expert].Actor;

    public void Add(ExpertId expert, IActorRef actor, long bytes)
    {
        _held.Add(expert, (actor, bytes));
        Bytes += bytes;
    }

    /// <summary>Forgets the experts outside <paramref name="keep"/> and returns their actors.</summary>
    public List<IActorRef> RemoveOthers(IReadOnlySet<ExpertId> keep)
    {
        var removed = new List<IActorRef>();
        foreach (var (expert, (actor, bytes)) in _held.Where(pair => !keep.Contains(pair.Key)).ToList())
        {
            _held.Remove(expert);
            Bytes -= bytes;
            removed.Add(actor);
        }

        return removed;
    }

    /// <summary>Forgets an expert whose actor stopped by itself, and says which it was; null for a stranger.</summary>
    public ExpertId? Remove(IActorRef actor)
    {
        foreach (var (expert, held) in _held)
        {
            if (!held.Actor.Equals(actor))
                continue;
            _held.Remove(expert);
            Bytes -= held.Bytes;
            return expert;
        }

        return null;
    }

    /// <summary>The experts of a frame that are not held; null where all are.</summary>
    public List<ExpertId>? MissingOf(DispatchFrame frame)
    {
        List<ExpertId>? missing = null;
        for (var i = 0; i < frame.Experts.Count; i++)
        {
            var expert = new ExpertId(frame.Layer, frame.Experts.Expert(i));
            if (!Contains(expert))
                (missing ??= []).Add(expert);
        }

        return missing;
    }
}
