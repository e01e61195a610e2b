using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>What a node was last asked to hold, and how far it is: a state machine without actors.</summary>
internal sealed class LoadPlan
{
    /// <summary>Experts of one version that are read again after their actor failed; then the node gives up on it.</summary>
    private const int MaxReloads = 8;

    private readonly HashSet<ExpertId> _wanted;
    private readonly LinkedList<ExpertId> _toLoad;
    private int _reloads;

    /// <param name="version">The placement that asks.</param>
    /// <param name="experts">What it asks for.</param>
    /// <param name="held">What the node holds already.</param>
    public LoadPlan(long version, ImmutableArray<ExpertId> experts, HeldExperts held)
    {
        Version = version;
        _wanted = [.. experts];
        _toLoad = new LinkedList<ExpertId>(_wanted.Where(expert => !held.Contains(expert)).Order());
    }

    /// <summary>Nothing is wanted, version 0.</summary>
    public static LoadPlan Nothing(HeldExperts held) => new(0, [], held);

    public long Version { get; }

    public IReadOnlySet<ExpertId> Wanted => _wanted;

    /// <summary>Experts that are still to be read, the one being read left out.</summary>
    public int Waiting => _toLoad.Count;

    /// <summary>Why the version cannot be held, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Experts that are still to be read and not held.</summary>
    public IEnumerable<ExpertId> Missing(HeldExperts held) => _toLoad.Where(expert => !held.Contains(expert));

    /// <summary>The next expert to read that is not held, or null.</summary>
    /// <param name="held">What the node holds.</param>
    /// <param name="here">Those whose bytes are on the node, or null where all are.</param>
    public ExpertId? Next(HeldExperts held, IReadOnlySet<ExpertId>? here)
    {
        var node = _toLoad.First;
        while (node is not null)
        {
            var (expert, next) = (node.Value, node.Next);
            if (held.Contains(expert))
            {
                _toLoad.Remove(node);
            }
            else if (here is null || here.Contains(expert))
            {
                _toLoad.Remove(node);
                return expert;
            }

            node = next;
        }

        return null;
    }

    /// <summary>Puts an expert back that could not be read yet.</summary>
    public void Defer(ExpertId expert) => _toLoad.AddFirst(expert);

    public void Fail(string failure)
    {
        Failure = failure;
        _toLoad.Clear();
    }

    /// <summary>Has an expert read again that was held and failed.</summary>
    public void Reload(ExpertId expert)
    {
        if (!_wanted.Contains(expert) || Failure is not null)
            return;
        if (++_reloads > MaxReloads)
            Fail($"expert {expert} failed, the {_reloads}th failure of placement {Version}");
        else
            _toLoad.AddLast(expert);
    }
}
