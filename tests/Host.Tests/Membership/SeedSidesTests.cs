namespace MoE.Host.Tests;

public sealed class SeedSidesTests
{
    [Theory]
    [InlineData("", nameof(SeedSide.NoSeeds))]
    [InlineData("1", nameof(SeedSide.With))]
    [InlineData("0", nameof(SeedSide.Without))]
    [InlineData("10", nameof(SeedSide.With))]
    [InlineData("01", nameof(SeedSide.Without))]
    [InlineData("011", nameof(SeedSide.With))]
    [InlineData("100", nameof(SeedSide.Without))]
    [InlineData("1001", nameof(SeedSide.With))]
    [InlineData("0110", nameof(SeedSide.Without))]
    public void Of_HeardSeedsOldestFirst_IsTheMajoritysOrTheOldests(string heard, string expected) =>
        Assert.Equal(expected, SeedSides.Of([.. heard.Select(seed => seed == '1')]).ToString());

    /// <summary>Whatever way the seeds are split in two, exactly one side goes on.</summary>
    [Fact]
    public void Of_BothSidesOfEverySplit_ExactlyOneGoesOn()
    {
        for (var seeds = 1; seeds <= 6; seeds++)
        {
            for (var split = 0; split < 1 << seeds; split++)
            {
                var here = Enumerable.Range(0, seeds).Select(seed => (split >> seed & 1) == 1).ToArray();
                var there = here.Select(seed => !seed).ToArray();
                Assert.Single(new[] { SeedSides.Of(here), SeedSides.Of(there) }, side => side == SeedSide.With);
            }
        }
    }

    [Theory]
    [InlineData("011", 1, nameof(SeedSide.Without))] // the oldest may not have heard of the third and go on alone
    [InlineData("101", 1, nameof(SeedSide.With))]
    [InlineData("100", 1, nameof(SeedSide.Without))] // the other two may be up by now
    [InlineData("1001", 2, nameof(SeedSide.Without))] // so may the second and the third
    [InlineData("1", 1, nameof(SeedSide.With))]
    [InlineData("01", 2, nameof(SeedSide.Without))]
    public void Of_WithSeedsThatJoin_IsTheSideHoweverManyOfThemCount(string heard, int joining, string expected) =>
        Assert.Equal(expected, SeedSides.Of([.. heard.Select(seed => seed == '1')], joining).ToString());

    /// <summary>Whatever each side has heard of the seeds that join, and of their being up: never do both go on.</summary>
    [Fact]
    public void Of_SidesThatKnowDifferentSeeds_NeverBothGoOn()
    {
        const int Seeds = 5;
        for (var split = 0; split < 1 << Seeds; split++)
        {
            var here = Enumerable.Range(0, Seeds).Select(seed => (split >> seed & 1) == 1).ToArray();
            var there = here.Select(seed => !seed).ToArray();
            for (var upHere = 1; upHere <= Seeds; upHere++)
            {
                // Whoever is up, everybody has heard of as joining.
                for (var upThere = upHere; upThere <= Seeds; upThere++)
                {
                    for (var knownHere = upThere; knownHere <= Seeds; knownHere++)
                    {
                        for (var knownThere = upThere; knownThere <= Seeds; knownThere++)
                        {
                            Assert.False(
                                SeedSides.Of(here[..knownHere], knownHere - upHere) == SeedSide.With && SeedSides.Of(there[..knownThere], knownThere - upThere) == SeedSide.With,
                                $"split {split:b}: {upHere} up of {knownHere}, {upThere} up of {knownThere}");
                        }
                    }
                }
            }
        }
    }
}
