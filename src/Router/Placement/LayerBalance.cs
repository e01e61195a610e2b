using System.Collections.Immutable;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>One layer's load on its nodes while moves are tried out. An expert's load is shared evenly by its copies.</summary>
internal sealed class LayerBalance
{
    private readonly long _expertBytes;
    private readonly Node[] _nodes;
    private readonly Expert[] _experts;

    /// <param name="model">What is placed.</param>
    /// <param name="layer">Which of its MoE layers.</param>
    /// <param name="nodes">The nodes of the placement.</param>
    /// <param name="current">In force.</param>
    /// <param name="load">Tokens per expert, lately.</param>
    public LayerBalance(
        PlacementModel model, int layer, IReadOnlyList<PlacementNode> nodes, ExpertPlacement current, IReadOnlyDictionary<ExpertId, long> load)
    {
        var bytes = model.Layers.ToDictionary(each => each.Layer, each => each.ExpertBytes);
        Layer = layer;
        _expertBytes = bytes[layer];
        _nodes = [.. nodes.OrderBy(node => node.Node.Value, StringComparer.Ordinal).Select(node =>
        {
            var held = current.ExpertsOf(node.Node);
            var room = node.MemoryBudgetBytes - held.Sum(expert => bytes[expert.Layer]);
            return new Node(node, room, held.Count(expert => expert.Layer == layer)) { Room = room };
        })];
        _experts = [.. Enumerable.Range(0, model.NumExperts).Select(i =>
        {
            var id = new ExpertId(layer, i);
            return new Expert(id, load.GetValueOrDefault(id), [.. current.ReplicasOf(id).Select(Find)]);
        })];
        foreach (var expert in _experts)
            expert.AddTo(1);
        Tokens = _experts.Sum(expert => expert.Tokens);
    }

    public int Layer { get; }

    /// <summary>Tokens of all experts.</summary>
    public long Tokens { get; }

    /// <summary>The busiest node's load by its weight.</summary>
    public double Busiest => _nodes.Max(node => node.Time);

    /// <summary>How many times the mean the busiest node has.</summary>
    public double Imbalance => Tokens == 0 ? 1 : Busiest * _nodes.Sum(node => node.Weight) / Tokens;

    /// <summary>The experts' nodes.</summary>
    public IEnumerable<(ExpertId Expert, ImmutableArray<NodeId> Nodes)> Replicas =>
        _experts.Select(expert => (expert.Id, expert.Nodes.Select(node => node.Id).ToImmutableArray()));

    /// <summary>Takes the single change that lowers the busiest of the two nodes it touches most. False where none does.</summary>
    public bool TryImprove(PlacementGoals goals)
    {
        var busiest = _nodes.MaxBy(node => node.Time)!;
        (double Time, Action Apply)? best = null;
        foreach (var hot in _experts.Where(expert => expert.Nodes.Contains(busiest) && expert.Tokens > 0))
        {
            foreach (var other in _nodes.Where(node => node != busiest && !hot.Nodes.Contains(node)))
            {
                // No plain move: it would leave a node with more experts than its share, which the next plan takes back.
                if (other.Room >= _expertBytes && hot.Nodes.Count < goals.MaxReplicas)
                    Try(() => hot.Copy(other), () => hot.Uncopy(other));
                // Copies of the same rank: the planner shares out each rank by itself.
                var rank = hot.Nodes.IndexOf(busiest);
                foreach (var cold in _experts.Where(expert =>
                    expert.Tokens < hot.Tokens && expert.Nodes.IndexOf(other) == rank && !expert.Nodes.Contains(busiest)))
                    Try(() => Swap(hot, busiest, cold, other), () => Swap(hot, other, cold, busiest));
            }
        }

        best?.Apply();
        foreach (var node in _nodes)
            node.Room = node.FirstRoom - (_experts.Count(expert => expert.Nodes.Contains(node)) - node.FirstHeld) * _expertBytes;
        return best is not null;

        void Try(Action apply, Action undo)
        {
            var limit = best?.Time ?? busiest.Time * (1 - 1e-9);
            apply();
            var time = _nodes.Max(node => node.Time);
            undo();
            if (time < limit)
                best = (time, apply);
        }
    }

    private static void Swap(Expert hot, Node from, Expert cold, Node to)
    {
        hot.Move(from, to);
        cold.Move(to, from);
    }

    private Node Find(NodeId id) =>
        Array.Find(_nodes, node => node.Id == id) ?? throw new ArgumentException($"{id} holds experts and is none of the nodes");

    private sealed class Node(PlacementNode node, long room, int held)
    {
        public NodeId Id => node.Node;

        public double Weight => node.Weight;

        public double Load { get; set; }

        public double Time => Load / node.Weight;

        /// <summary>Bytes free before any move.</summary>
        public long FirstRoom => room;

        /// <summary>Experts of the layer before any move.</summary>
        public int FirstHeld => held;

        /// <summary>Bytes free.</summary>
        public long Room { get; set; }
    }

    private sealed class Expert(ExpertId id, long tokens, List<Node> nodes)
    {
        public ExpertId Id => id;

        public long Tokens => tokens;

        public List<Node> Nodes => nodes;

        /// <summary>Counts the expert's load in (1) or out (−1) of its nodes.</summary>
        public void AddTo(int sign)
        {
            foreach (var node in nodes)
                node.Load += sign * (double)tokens / nodes.Count;
        }

        public void Copy(Node node)
        {
            AddTo(-1);
            nodes.Add(node);
            AddTo(1);
        }

        public void Uncopy(Node node)
        {
            AddTo(-1);
            nodes.Remove(node);
            AddTo(1);
        }

        public void Move(Node from, Node to)
        {
            AddTo(-1);
            nodes[nodes.IndexOf(from)] = to;
            AddTo(1);
        }
    }
}
