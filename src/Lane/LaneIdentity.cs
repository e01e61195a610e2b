using MoE.Protocol;

namespace MoE.Lane;

/// <summary>What both ends of a lane must agree on; each refuses a peer that differs.</summary>
/// <param name="Node">Who this process is.</param>
/// <param name="ModelHash">The model it serves.</param>
/// <param name="NumericPolicy">How its kernels round.</param>
public sealed record LaneIdentity(NodeId Node, string ModelHash, string NumericPolicy)
{
    /// <summary>Why <paramref name="peer"/> cannot work with this node, or null.</summary>
    internal string? Disagreement(LaneIdentity peer)
    {
        if (peer.ModelHash != ModelHash)
            return $"model hash {peer.ModelHash} of {peer.Node} is not {ModelHash} of {Node}";
        return peer.NumericPolicy != NumericPolicy
            ? $"numeric policy '{peer.NumericPolicy}' of {peer.Node} is not '{NumericPolicy}' of {Node}"
            : null;
    }
}
