using System.Collections.Frozen;
using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>
/// Which nodes hold which experts: a value, swapped whole. An expert's replicas are in order of preference; every replica
/// computes the same bits.
/// </summary>
public sealed class ExpertPlacement
{
    private static readonly Comparer<NodeId> s_byName = Comparer<NodeId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    private readonly FrozenDictionary<ExpertId, ImmutableArray<NodeId>> _replicas;
    private readonly FrozenDictionary<NodeId, ImmutableArray<ExpertId>> _experts;

    private ExpertPlacement(long version, Dictionary<ExpertId, ImmutableArray<NodeId>> replicas)
    {
        Version = version;
        _replicas = replicas.ToFrozenDictionary();
        Experts = [.. replicas.Keys.Order()];
        _experts = Experts
            .SelectMany(expert => _replicas[expert], (expert, node) => (Expert: expert, Node: node))
            .GroupBy(pair => pair.Node)
            .ToFrozenDictionary(group => group.Key, group => group.Select(pair => pair.Expert).ToImmutableArray());
        Nodes = _experts.Keys.ToImmutableSortedSet(s_byName);
    }

    /// <summary>No expert anywhere, version 0.</summary>
    public static ExpertPlacement Empty { get; } = new(0, []);

    /// <summary>Counts up; the greater of two placements of one coordinator is the newer.</summary>
    public long Version { get; }

    /// <summary>Every placed expert, ascending.</summary>
    public ImmutableArray<ExpertId> Experts { get; }

    /// <summary>Nodes that hold at least one expert, by name.</summary>
    public ImmutableSortedSet<NodeId> Nodes { get; }

    /// <param name="version">At least 0.</param>
    /// <param name="replicas">For each expert its nodes, at least one and none twice, in order of preference.</param>
    /// <exception cref="ArgumentException">An expert without a node, or with one twice.</exception>
    public static ExpertPlacement Create(long version, IReadOnlyDictionary<ExpertId, ImmutableArray<NodeId>> replicas)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentNullException.ThrowIfNull(replicas);
        foreach (var (expert, nodes) in replicas)
        {
            if (nodes.IsDefaultOrEmpty)
                throw new ArgumentException($"expert {expert} is placed nowhere", nameof(replicas));
            if (nodes.Length > 1 && nodes.Distinct().Count() != nodes.Length)
                throw new ArgumentException($"expert {expert} is placed twice on one node", nameof(replicas));
        }

        return new ExpertPlacement(version, new Dictionary<ExpertId, ImmutableArray<NodeId>>(replicas));
    }

    /// <summary>The expert's nodes, most preferred first; empty where it is placed nowhere.</summary>
    public ImmutableArray<NodeId> ReplicasOf(ExpertId expert) => _replicas.GetValueOrDefault(expert, []);

    /// <summary>The node's experts, ascending; empty where it holds none.</summary>
    public ImmutableArray<ExpertId> ExpertsOf(NodeId node) => _experts.GetValueOrDefault(node, []);

    /// <summary>Whether the other placement puts every expert on the same nodes in the same order, whatever its version.</summary>
    public bool SameAs(ExpertPlacement other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Experts.AsSpan().SequenceEqual(other.Experts.AsSpan())
            && Experts.All(expert => _replicas[expert].AsSpan().SequenceEqual(other._replicas[expert].AsSpan()));
    }

    public override string ToString() => $"placement {Version}: {Experts.Length} experts on {Nodes.Count} nodes";
}
