using MoE.Kernels;
using MoE.Model;

namespace MoE.Router;

/// <summary>
/// A MoE layer whose experts are spread over the cluster. Four steps: route, dispatch, experts, combine. The shared expert
/// runs here while the routed rows are under way.
/// </summary>
public sealed class MoELayer : IDispatchingMoELayer
{
    private readonly int _layer;
    private readonly SharedExpert? _shared;
    private readonly ClusterLink _cluster;
    private readonly ComputePool _pool;
    private readonly Stack<PendingExperts> _idle = [];
    private float[] _sharedOutput = [];

    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="shared">The shared expert, or null.</param>
    /// <param name="cluster">The gating actor and the dispatcher.</param>
    /// <param name="pool">The front's compute threads.</param>
    /// <param name="overlapTokens">Tokens from which a batch is cut in two.</param>
    public MoELayer(int layer, SharedExpert? shared, ClusterLink cluster, ComputePool pool, int overlapTokens)
    {
        OverlapTokens = overlapTokens;
        _layer = layer;
        _shared = shared;
        _cluster = cluster;
        _pool = pool;
    }

    public int OverlapTokens { get; }

    public void Forward(ActivationRows hidden, Memory<float> output, IRoutingObserver? observer)
    {
        using var pending = Start(hidden);
        pending.Finish(output, observer);
    }

    public IPendingExperts Start(ActivationRows hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (!_idle.TryPop(out var pending))
            pending = new PendingExperts(this);
        return pending.Begin(Dispatch(hidden));
    }

    private void Finish(DispatchHandle dispatch, Memory<float> output, IRoutingObserver? observer)
    {
        var shared = Shared(dispatch.Hidden, output.Length);
        var contributions = Experts(dispatch, observer);
        Combine(contributions, shared, dispatch.Hidden.Columns, output);
    }

    /// <summary>Route and dispatch: the gating actor scores the tokens and its decision goes straight to the dispatcher, which sends each node one frame.</summary>
    private DispatchHandle Dispatch(ActivationRows hidden) => _cluster.Dispatch(_layer, hidden);

    private ReadOnlyMemory<float> Shared(ActivationRows hidden, int length)
    {
        if (_shared is null)
            return default;
        var output = GrowingBuffer.Take(ref _sharedOutput, length);
        _shared.Forward(_pool, hidden, output);
        return output;
    }

    /// <summary>Waits until every contribution is in; the dispatcher's deadline bounds the wait.</summary>
    private Contributions Experts(DispatchHandle dispatch, IRoutingObserver? observer)
    {
        var contributions = dispatch.Wait(_cluster.Backstop);
        observer?.OnRouted(_layer, contributions.Routing);
        return contributions;
    }

    /// <summary>The gather's end: top-k slot order, then the shared expert, as <see cref="LocalMoELayer"/> sums.</summary>
    private void Combine(Contributions contributions, ReadOnlyMemory<float> shared, int hiddenSize, Memory<float> output)
    {
        ExpertCombine.Sum(_pool, contributions.Routing, contributions.Permutation, contributions, hiddenSize, output);
        if (!shared.IsEmpty)
            VectorOps.Add(output.Span, shared.Span);
    }

    /// <summary>A dispatch of the layer, then another.</summary>
    private sealed class PendingExperts(MoELayer layer) : IPendingExperts
    {
        private DispatchHandle? _dispatch;

        public PendingExperts Begin(DispatchHandle dispatch)
        {
            _dispatch = dispatch;
            return this;
        }

        public void Finish(Memory<float> output, IRoutingObserver? observer) =>
            layer.Finish(_dispatch ?? throw new ObjectDisposedException(nameof(PendingExperts)), output, observer);

        public void Dispose()
        {
            if (_dispatch is not { } dispatch)
                return;
            _dispatch = null;
            layer._cluster.End(dispatch);
            layer._idle.Push(this);
        }
    }
}
