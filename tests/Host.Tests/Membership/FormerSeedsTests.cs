namespace MoE.Host.Tests;

public sealed class FormerSeedsTests
{
    /// <summary>W: waits, R: was restarted, S: silent, G: gone, M: a member; the oldest first.</summary>
    [Theory]
    [InlineData("WWW", 0, true)]
    [InlineData("WWW", 1, false)]
    [InlineData("WWS", 0, true)]
    [InlineData("WSS", 0, false)]
    [InlineData("WGG", 0, false)]
    [InlineData("GWW", 1, true)]
    [InlineData("SWW", 1, false)]
    [InlineData("WWM", 0, false)]
    [InlineData("MWW", 1, false)]
    [InlineData("WWGG", 0, false)]
    [InlineData("WW", 0, true)]
    [InlineData("RW", 1, true)]
    [InlineData("RWS", 1, true)]
    [InlineData("RWM", 1, false)]
    [InlineData("SWR", 1, false)]
    [InlineData("RSW", 2, false)]
    public void MayForm_FormerSeedsOldestFirst_IsTheOldestOfAWaitingMajority(string seeds, int self, bool expected) =>
        Assert.Equal(expected, FormerSeeds.MayForm([.. seeds.Select(Parse)], self));

    /// <summary>Whatever the seeds do, no two of them form a cluster, and none does beside a side that goes on.</summary>
    [Fact]
    public void MayForm_EveryStateOfFiveSeeds_AtMostOneAndNeverBesideAMajority()
    {
        const int Seeds = 5;
        var states = Enum.GetValues<FormerSeed>();
        for (var code = 0; code < Math.Pow(states.Length, Seeds); code++)
        {
            var seeds = Enumerable.Range(0, Seeds).Select(seed => states[code / (int)Math.Pow(states.Length, seed) % states.Length]).ToArray();
            var forming = Enumerable.Range(0, Seeds).Count(self => seeds[self] == FormerSeed.Waiting && FormerSeeds.MayForm(seeds, self));
            Assert.InRange(forming, 0, 1);
            if (2 * seeds.Count(seed => seed == FormerSeed.Silent) >= Seeds)
                Assert.Equal(0, forming);
        }
    }

    private static FormerSeed Parse(char state) => state switch
    {
        'W' => FormerSeed.Waiting,
        'R' => FormerSeed.Restarted,
        'S' => FormerSeed.Silent,
        'G' => FormerSeed.Gone,
        'M' => FormerSeed.Member,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no state"),
    };
}
