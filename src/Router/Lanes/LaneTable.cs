using Akka.Actor;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// The dispatcher's lanes by node. A lane is whatever takes a <see cref="LaneFrame"/>: a connection's actor, or the expert
/// node of the same process.
/// </summary>
internal sealed class LaneTable
{
    private readonly Dictionary<NodeId, IActorRef> _open = [];
    private readonly Dictionary<IActorRef, NodeId> _nodes = [];
    private readonly HashSet<NodeId> _dialling = [];
    private readonly Dictionary<NodeId, LaneEndpoint> _endpoints = [];

    public bool IsOpen(NodeId node) => _open.ContainsKey(node);

    public IActorRef Lane(NodeId node) => _open[node];

    /// <summary>Whose lane an actor is, or null.</summary>
    public NodeId? NodeOf(IActorRef lane) => _nodes.TryGetValue(lane, out var node) ? node : null;

    public void Open(NodeId node, IActorRef lane)
    {
        _dialling.Remove(node);
        if (_open.Remove(node, out var old))
            _nodes.Remove(old);
        _open[node] = lane;
        _nodes[lane] = node;
    }

    /// <summary>Forgets a lane that closed, or that was dialled in vain. False for one that another has replaced.</summary>
    public bool Close(NodeId node, IActorRef lane)
    {
        if (_open.TryGetValue(node, out var open))
        {
            if (!open.Equals(lane))
                return false;
            _open.Remove(node);
            _nodes.Remove(open);
            return true;
        }

        return _dialling.Remove(node);
    }

    /// <summary>Learns where a placement's nodes listen.</summary>
    public void AddEndpoints(IEnumerable<LaneEndpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
            _endpoints[endpoint.Node] = endpoint;
    }

    /// <summary>Forgets where nodes outside <paramref name="named"/> listen.</summary>
    public void KeepEndpoints(IReadOnlySet<NodeId> named)
    {
        foreach (var node in _endpoints.Keys.Where(node => !named.Contains(node)).ToList())
            _endpoints.Remove(node);
    }

    /// <summary>The endpoint to dial for a node, marked as being dialled; null where it is open, being dialled or unknown.</summary>
    public LaneEndpoint? StartDialling(NodeId node)
    {
        if (IsOpen(node) || !_endpoints.TryGetValue(node, out var endpoint) || !_dialling.Add(node))
            return null;
        return endpoint;
    }

    /// <summary>Open lanes to nodes outside <paramref name="named"/>.</summary>
    public List<(NodeId Node, IActorRef Lane)> Unnamed(IReadOnlySet<NodeId> named) =>
        [.. _open.Where(pair => !named.Contains(pair.Key)).Select(pair => (pair.Key, pair.Value))];
}
