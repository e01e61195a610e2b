using MoE.Http.Generation;

namespace MoE.Http.Tests.Generation;

public sealed class StopMatcherTests
{
    [Fact]
    public void Add_AnySplitOfAnyText_CutsLikeASearchOfTheWhole()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var text = Draw(random, random.Next(1, 30));
            var stops = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draw(random, random.Next(1, 5))).ToList();
            var matcher = new StopMatcher(stops);
            var shown = string.Empty;
            for (var at = 0; at < text.Length;)
            {
                var length = Math.Min(random.Next(1, 5), text.Length - at);
                shown += matcher.Add(text.Substring(at, length));
                at += length;
            }

            var cut = Cut(text, stops);
            Assert.Equal(cut is not null, matcher.Stopped);
            if (!matcher.Stopped)
                shown += matcher.Finish();
            Assert.True((cut ?? text) == shown, $"{text} | {string.Join(',', stops)} | {shown}");
        }
    }

    [Fact]
    public void Add_WithoutStops_HoldsNothingBack() => Assert.Equal("abc", new StopMatcher([]).Add("abc"));

    [Fact]
    public void Pass_AStopInside_IsNotLookedAt()
    {
        var matcher = new StopMatcher(["bc"]);
        Assert.Equal("ab", matcher.Pass("ab"));
        Assert.Equal("cbd", matcher.Add("cbd"));
        Assert.False(matcher.Stopped);
    }

    // The stop that is complete first; of those that end at one place, the longest.
    private static string? Cut(string text, List<string> stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var longest = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).Select(stop => stop.Length).DefaultIfEmpty(0).Max();
            if (longest > 0)
                return text[..(end - longest)];
        }

        return null;
    }

    private static string Draw(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ab"[random.Next(2)]));
}
