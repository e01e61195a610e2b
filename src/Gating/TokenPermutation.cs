namespace MoE.Gating;

/// <summary>
/// The tokens of a routing, grouped by expert (Megatron-Core's permute): pairs (expert, token) ascending by expert and then
/// by token, and where each top-k slot's pair stands in that order.
/// </summary>
public sealed class TokenPermutation
{
    private int[] _experts = [];
    private int[] _offsets = [];
    private int[] _next = [];
    private int[] _tokens = [];
    private int[] _pairOfSlot = [];
    private int _groups;
    private int _pairs;

    /// <summary>Experts that got at least one token, ascending.</summary>
    public ReadOnlySpan<int> Experts => _experts.AsSpan(0, _groups);

    /// <summary>The token of each pair, [T·K], expert by expert.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _pairs);

    /// <summary>For slot k of token t, at t·K + k, the index of its pair in <see cref="Tokens"/>.</summary>
    public ReadOnlySpan<int> PairOfSlot => _pairOfSlot.AsSpan(0, _pairs);

    /// <summary>The index of the first pair of <c>Experts[group]</c>.</summary>
    public int FirstPair(int group) => _offsets[group];

    /// <summary>The tokens of <c>Experts[group]</c>, ascending.</summary>
    public ReadOnlySpan<int> TokensOf(int group) => _tokens.AsSpan(_offsets[group], _offsets[group + 1] - _offsets[group]);

    /// <param name="routing">Any routing; an expert occurs at most once per token.</param>
    /// <param name="numExperts">E; every chosen expert is below it.</param>
    public static TokenPermutation Of(TokenRouting routing, int numExperts)
    {
        var permutation = new TokenPermutation();
        permutation.Reset(routing, numExperts);
        return permutation;
    }

    /// <summary>Groups another routing's tokens; buffers only grow.</summary>
    /// <inheritdoc cref="Of"/>
    public void Reset(TokenRouting routing, int numExperts)
    {
        ArgumentNullException.ThrowIfNull(routing);
        Grow(numExperts, routing.TopkExperts.Length);
        var next = _next.AsSpan(0, numExperts);
        next.Clear();
        foreach (var expert in routing.TopkExperts)
            next[expert]++;

        _groups = 0;
        _pairs = 0;
        for (var expert = 0; expert < numExperts; expert++)
        {
            var count = next[expert];
            if (count == 0)
                continue;
            _experts[_groups] = expert;
            _offsets[_groups++] = _pairs;
            next[expert] = _pairs;
            _pairs += count;
        }

        _offsets[_groups] = _pairs;
        for (var slot = 0; slot < _pairs; slot++)
        {
            var pair = next[routing.TopkExperts[slot]]++;
            _tokens[pair] = slot / routing.TopK;
            _pairOfSlot[slot] = pair;
        }
    }

    private void Grow(int experts, int pairs)
    {
        if (_next.Length < experts)
        {
            _next = new int[experts];
            _experts = new int[experts];
            _offsets = new int[experts + 1];
        }

        if (_tokens.Length < pairs)
        {
            _tokens = new int[pairs];
            _pairOfSlot = new int[pairs];
        }
    }
}
