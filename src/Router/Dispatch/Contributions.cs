using MoE.Gating;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Every contribution of one dispatch: the nodes' frames, and where each (expert, token) pair stands in them.</summary>
public sealed class Contributions : IContributionRows, IDisposable
{
    private readonly DispatchPlan _plan;
    private readonly PooledFloats[] _frames;
    private readonly int _hiddenSize;

    /// <param name="plan">What was sent where.</param>
    /// <param name="frames">The rows of each node of the plan, in its order; taken over.</param>
    /// <param name="hiddenSize">H.</param>
    internal Contributions(DispatchPlan plan, PooledFloats[] frames, int hiddenSize)
    {
        _plan = plan;
        _frames = frames;
        _hiddenSize = hiddenSize;
    }

    public TokenRouting Routing => _plan.Routing;

    public TokenPermutation Permutation => _plan.Permutation;

    public ReadOnlySpan<float> Pair(int pair)
    {
        var (node, row) = _plan.PlaceOf(pair);
        return _frames[node].Span.Slice(row * _hiddenSize, _hiddenSize);
    }

    public void Dispose()
    {
        foreach (var frame in _frames)
            frame.Dispose();
    }
}
