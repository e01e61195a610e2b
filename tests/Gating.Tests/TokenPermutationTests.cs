namespace MoE.Gating.Tests;

public class TokenPermutationTests
{
    [Fact]
    public void Of_SmallRouting_GroupsByExpertThenToken()
    {
        var routing = new TokenRouting(3, 2);
        new[] { 4, 1, 1, 0, 4, 0 }.CopyTo(routing.TopkExperts, 0);
        var permutation = TokenPermutation.Of(routing, 5);
        Assert.Equal([0, 1, 4], permutation.Experts.ToArray());
        Assert.Equal([1, 2, 0, 1, 0, 2], permutation.Tokens.ToArray());
        Assert.Equal([4, 2, 3, 0, 5, 1], permutation.PairOfSlot.ToArray());
        Assert.Equal([0, 1], permutation.TokensOf(1).ToArray());
    }

    [Fact]
    public void Reset_RandomRoutings_EverySlotFindsItsPair()
    {
        // One object throughout, as a layer uses it.
        var permutation = new TokenPermutation();
        var random = new Random(3);
        for (var round = 0; round < 100; round++)
        {
            var experts = random.Next(1, 20);
            var routing = new TokenRouting(random.Next(1, 30), random.Next(1, experts + 1));
            for (var token = 0; token < routing.Tokens; token++)
            {
                var chosen = Enumerable.Range(0, experts).OrderBy(_ => random.Next()).Take(routing.TopK).ToArray();
                chosen.CopyTo(routing.TopkExperts, token * routing.TopK);
            }

            permutation.Reset(routing, experts);
            for (var slot = 0; slot < routing.TopkExperts.Length; slot++)
            {
                var pair = permutation.PairOfSlot[slot];
                Assert.Equal(slot / routing.TopK, permutation.Tokens[pair]);
                var group = permutation.Experts.IndexOf(routing.TopkExperts[slot]);
                Assert.InRange(pair, permutation.FirstPair(group), permutation.FirstPair(group) + permutation.TokensOf(group).Length - 1);
            }
        }
    }
}
