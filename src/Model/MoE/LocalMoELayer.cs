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
    private readonly List<(ActivationRows Rows, ExpertScratch Scratch)> _workspaces = [];
    private float[] _contributions = [];
    private float[] _sharedOutput = [];

    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="gate">The layer's router.</param>
    /// <param name="experts">All experts, by index.</param>
    /// <param name="shared">The shared expert, or null.</param>
    /// <param name="pool">Threads.</param>
    public LocalMoELayer(int layer, GateLayer gate, IReadOnlyList<ExpertWeights> experts, SharedExpert? shared, ComputePool pool)
    {
        _layer = layer;
        _gate = gate;
        _experts = experts;
        _shared = shared;
        _pool = pool;
    }

    public void Forward(ActivationRows hidden, Memory<float> output, IRoutingObserver? observer)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        var routing = _gate.Route(_pool, hidden);
        observer?.OnRouted(_layer, routing);
        var permutation = TokenPermutation.Of(routing, _experts.Count);
        var contributions = Experts(hidden, permutation);
        ExpertCombine.Sum(_pool, routing, permutation, contributions, hidden.Columns, output);
        AddShared(hidden, output);
    }

    private Contributions Experts(ActivationRows hidden, TokenPermutation permutation)
    {
        var columns = hidden.Columns;
        if (_contributions.Length < permutation.Tokens.Length * columns)
            _contributions = new float[permutation.Tokens.Length * columns];
        while (_workspaces.Count < permutation.Experts.Length)
            _workspaces.Add((new ActivationRows(), new ExpertScratch()));

        var contributions = _contributions;
        _pool.For(permutation.Experts.Length, group =>
        {
            var (rows, scratch) = _workspaces[group];
            var tokens = permutation.TokensOf(group);
            rows.Reset(tokens.Length, columns);
            for (var i = 0; i < tokens.Length; i++)
                hidden.Row(tokens[i]).CopyTo(rows.Row(i));
            var expert = _experts[permutation.Experts[group]];
            var y = contributions.AsSpan(permutation.FirstPair(group) * columns, tokens.Length * columns);
            ExpertFfn.Forward(expert.Gate, expert.Up, expert.Down, rows, scratch, y);
        });
        return new Contributions(contributions, columns);
    }

    private void AddShared(ActivationRows hidden, Memory<float> output)
    {
        if (_shared is null)
            return;
        if (_sharedOutput.Length < output.Length)
            _sharedOutput = new float[output.Length];
        _shared.Forward(_pool, hidden, _sharedOutput.AsMemory(0, output.Length));
        VectorOps.Add(output.Span, _sharedOutput.AsSpan(0, output.Length));
    }

    private readonly struct Contributions(float[] rows, int columns) : IContributionRows
    {
        public ReadOnlySpan<float> Pair(int pair) => rows.AsSpan(pair * columns, columns);
    }
}
