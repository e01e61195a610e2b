namespace MoE.Router;

/// <summary>Which share of the work each node has. Follows measured speeds, but only where they stay apart from what placements go by.</summary>
internal sealed class NodeWeights(SpeedSettings settings)
{
    /// <summary>Looks in a row that must find the same: a machine that was busy for once moves nothing.</summary>
    private const int Looks = 2;

    private int _drifted;

    /// <summary>The nodes that may get experts, with the weights that placements go by.</summary>
    public List<PlacementNode> ForPlanner(IEnumerable<RegisteredNode> nodes)
    {
        var available = nodes.Where(node => node.Available).ToList();
        return [.. available.Zip(Weights(available, node => node.Speed), (node, weight) => node.ForPlanner(weight))];
    }

    /// <summary>Compares the speeds reported last with those in force, and takes them over where they differ for long.</summary>
    /// <returns>Whether placements go by other weights from now on.</returns>
    public bool Look(IEnumerable<RegisteredNode> nodes)
    {
        var available = nodes.Where(node => node.Available).ToList();
        var drift = NodeSpeeds.Drift(Weights(available, node => node.Speed), Weights(available, node => node.ReportedSpeed));
        _drifted = drift >= settings.Change ? _drifted + 1 : 0;
        if (_drifted < Looks)
            return false;
        _drifted = 0;
        foreach (var node in available)
            node.Speed = node.ReportedSpeed;
        return true;
    }

    private double[] Weights(List<RegisteredNode> nodes, Func<RegisteredNode, long> speed) => NodeSpeeds.Weights(
        [.. nodes.Select(node => new NodeSpeed(Math.Max(1, node.Registration.Threads), settings.Measured ? speed(node) : 0))], settings.MaxRatio);
}
