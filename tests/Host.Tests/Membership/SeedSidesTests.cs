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
}
