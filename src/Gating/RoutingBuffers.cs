using MoE.Kernels;

namespace MoE.Gating;

/// <summary>Memory for the decision about one batch at a time. Buffers only grow.</summary>
public sealed class RoutingBuffers
{
    private float[] _scores = [];
    private TokenRouting? _routing;

    /// <summary>The batch's tokens by expert.</summary>
    public TokenPermutation Permutation { get; } = new();

    /// <summary>The decision: the same object for as long as the shape stays.</summary>
    public TokenRouting Routing(int tokens, int topK)
    {
        if (_routing is null || _routing.Tokens != tokens || _routing.TopK != topK)
            _routing = new TokenRouting(tokens, topK);
        return _routing;
    }

    /// <summary>Scores of the layer's experts, [T, E]; their contents are undefined.</summary>
    public Memory<float> Scores(int length) => GrowingBuffer.Take(ref _scores, length);
}
