using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Buffers of the MoE layers of one process, one layer at a time. They only grow.</summary>
public sealed class LocalMoEWorkspace
{
    private float[] _contributions = [];
    private float[] _shared = [];
    private float[] _scores = [];
    private TokenRouting? _routing;

    /// <summary>The layer's tokens by expert.</summary>
    internal TokenPermutation Permutation { get; } = new();

    /// <summary>The layer's decision: the same object for as long as the shape stays.</summary>
    internal TokenRouting Routing(int tokens, int topK)
    {
        if (_routing is null || _routing.Tokens != tokens || _routing.TopK != topK)
            _routing = new TokenRouting(tokens, topK);
        return _routing;
    }

    /// <summary>Scores of the layer's experts, [T, E].</summary>
    internal Memory<float> Scores(int length) => GrowingBuffer.Take(ref _scores, length);

    /// <summary>The compute threads' own buffers.</summary>
    internal ExpertWorkspaces Experts { get; } = new();

    /// <summary>Rows of the experts, [pairs, H].</summary>
    internal Memory<float> Contributions(int length) => GrowingBuffer.Take(ref _contributions, length);

    /// <summary>Rows of the shared expert, [T, H].</summary>
    internal Memory<float> Shared(int length) => GrowingBuffer.Take(ref _shared, length);
}
