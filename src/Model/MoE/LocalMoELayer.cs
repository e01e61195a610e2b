using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// A MoE layer with every expert in this process and no actors: what one machine runs, and the oracle that the layer over
/// the cluster must equal bit for bit.
/// </summary>
public sealed class LocalMoELayer : IMoELayer
{
    private readonly int _layer;
    private readonly GateLayer _gate;
    private readonly IReadOnlyList<ExpertWeights> _experts;
    private readonly SharedExpert? _shared;
    private readonly ComputePool _pool;
    private readonly WeightType[] _preparedTypes;
    private readonly LocalMoEWorkspace _workspace;

    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="gate">The layer's router.</param>
    /// <param name="experts">All experts, by index.</param>
    /// <param name="shared">The shared expert, or null.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="workspace">Buffers, which the layers of a model share.</param>
    public LocalMoELayer(
        int layer, GateLayer gate, IReadOnlyList<ExpertWeights> experts, SharedExpert? shared, ComputePool pool, LocalMoEWorkspace workspace)
    {
        _workspace = workspace;
        _layer = layer;
        _gate = gate;
        _experts = experts;
        _shared = shared;
        _pool = pool;

        // One for a whole model, but for files that mix types; all quantised types read one form.
        _preparedTypes = [.. experts.Select(expert => ExpertFfn.PreparedType(expert.Gate, expert.Up)).Where(type => type.IsQuantized())
            .Distinct().OrderBy(WeightPanels.Wanted).TakeLast(1)];
    }

    public void Forward(ActivationRows hidden, Memory<float> output, IRoutingObserver? observer)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        var routing = _gate.Route(_pool, hidden, _workspace.Routing);
        observer?.OnRouted(_layer, routing);
        var permutation = _workspace.Routing.Permutation;
        permutation.Reset(routing, _experts.Count);
        var contributions = Experts(hidden, permutation);
        ExpertCombine.Sum(_pool, routing, permutation, contributions, hidden.Columns, output);
        AddShared(hidden, output);
    }

    private Contributions Experts(ActivationRows hidden, TokenPermutation permutation)
    {
        var columns = hidden.Columns;
        var contributions = _workspace.Contributions(permutation.Tokens.Length * columns);
        foreach (var type in _preparedTypes)
            hidden.Prepare(_pool, type);
        _pool.For(permutation.Experts.Length, (Layer: this, Hidden: hidden, Permutation: permutation, Contributions: contributions), static (group, all) =>
            all.Layer.Expert(group, all.Hidden, all.Permutation, all.Contributions.Span));
        return new Contributions(contributions, columns);
    }

    /// <summary>The rows of one expert.</summary>
    private void Expert(int group, ActivationRows hidden, TokenPermutation permutation, Span<float> contributions)
    {
        var workspace = _workspace.Experts.Rent();
        var tokens = permutation.TokensOf(group);
        var expert = _experts[permutation.Experts[group]];
        var y = contributions.Slice(permutation.FirstPair(group) * hidden.Columns, tokens.Length * hidden.Columns);
        ExpertFfn.Forward(expert.Gate, expert.Up, expert.Down, hidden, tokens, workspace, y);
        _workspace.Experts.Return(workspace);
    }

    private void AddShared(ActivationRows hidden, Memory<float> output)
    {
        if (_shared is null)
            return;
        var shared = _workspace.Shared(output.Length);
        _shared.Forward(_pool, hidden, shared);
        VectorOps.Add(output.Span, shared.Span);
    }

    private readonly struct Contributions(Memory<float> rows, int columns) : IContributionRows
    {
        public ReadOnlySpan<float> Pair(int pair) => rows.Span.Slice(pair * columns, columns);
    }
}
