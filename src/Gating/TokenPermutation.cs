namespace MoE.Gating;

/// <summary>
/// The tokens of a routing, grouped by expert (Megatron-Core's permute): pairs (expert, token) ascending by expert and then
/// by token, and where each top-k slot's pair stands in that order.
/// </summary>
public sealed class TokenPermutation
{
    private readonly int[] _offsets;

    private TokenPermutation(int[] experts, int[] offsets, int[] tokens, int[] pairOfSlot)
    {
        Experts = experts;
        _offsets = offsets;
        Tokens = tokens;
        PairOfSlot = pairOfSlot;
    }

    /// <summary>Experts that got at least one token, ascending.</summary>
    public int[] Experts { get; }

    /// <summary>The token of each pair, [T·K], expert by expert.</summary>
    public int[] Tokens { get; }

    /// <summary>For slot k of token t, at t·K + k, the index of its pair in <see cref="Tokens"/>.</summary>
    public int[] PairOfSlot { get; }

    /// <summary>The index of the first pair of <c>Experts[group]</c>.</summary>
    public int FirstPair(int group) => _offsets[group];

    /// <summary>The tokens of <c>Experts[group]</c>, ascending.</summary>
    public ReadOnlySpan<int> TokensOf(int group) => Tokens.AsSpan(_offsets[group], _offsets[group + 1] - _offsets[group]);

    /// <param name="routing">Any routing; an expert occurs at most once per token.</param>
    /// <param name="numExperts">E; every chosen expert is below it.</param>
    public static TokenPermutation Of(TokenRouting routing, int numExperts)
    {
        ArgumentNullException.ThrowIfNull(routing);
        var counts = new int[numExperts];
        foreach (var expert in routing.TopkExperts)
            counts[expert]++;

        var active = 0;
        foreach (var count in counts)
            active += count > 0 ? 1 : 0;

        var experts = new int[active];
        var offsets = new int[active + 1];
        var next = new int[numExperts];
        var group = 0;
        var pairs = 0;
        for (var expert = 0; expert < numExperts; expert++)
        {
            if (counts[expert] == 0)
                continue;
            experts[group] = expert;
            offsets[group++] = pairs;
            next[expert] = pairs;
            pairs += counts[expert];
        }

        offsets[active] = pairs;
        var tokens = new int[pairs];
        var pairOfSlot = new int[pairs];
        for (var slot = 0; slot < pairs; slot++)
        {
            var pair = next[routing.TopkExperts[slot]]++;
            tokens[pair] = slot / routing.TopK;
            pairOfSlot[slot] = pair;
        }

        return new TokenPermutation(experts, offsets, tokens, pairOfSlot);
    }
}
