using CsCheck;

namespace MoE.Router.Tests;

public sealed class NodeSpeedsTests
{
    [Fact]
    public void Weights_NothingMeasured_AreThreads() =>
        Assert.Equal([2, 64], NodeSpeeds.Weights([new(2, 0), new(64, 0)], maxRatio: 16));

    [Fact]
    public void Weights_OneNotMeasured_CountsAsTheMedianOfAThread() =>
        Assert.Equal([8, 40, 30], NodeSpeeds.Weights([new(2, 8), new(4, 40), new(3, 0)], maxRatio: 16));

    [Fact]
    public void Weights_OneFarTooSlow_KeepsTheLeastShare() =>
        Assert.Equal([1600, 100], NodeSpeeds.Weights([new(2, 1600), new(2, 1)], maxRatio: 16));

    [Fact]
    public void Drift_SharesAlike_IsOneInWhateverUnit() => Assert.Equal(1, NodeSpeeds.Drift([2, 4], [2_000_000, 4_000_000]));

    [Fact]
    public void Drift_OneTwiceAsFastAsBefore_IsTwo() => Assert.Equal(2, NodeSpeeds.Drift([1, 1, 1], [5, 5, 10]));

    [Fact]
    public void Weights_AnySpeeds_ArePositiveFiniteAndWithinTheRatio() =>
        Gen.Select(Gen.Int[1, 256], Gen.OneOf(Gen.Const(0L), Gen.Long[1, 1L << 50])).Array[1, 20].Sample(nodes =>
        {
            var weights = NodeSpeeds.Weights([.. nodes.Select(node => new NodeSpeed(node.Item1, node.Item2))], maxRatio: 16);
            Assert.All(weights, weight => Assert.True(double.IsFinite(weight) && weight > 0, $"{weight}"));
            if (nodes.Any(node => node.Item2 > 0))
                Assert.InRange(weights.Max() / weights.Min(), 1, 16.000001);
            Assert.InRange(NodeSpeeds.Drift(weights, [.. weights.Select(weight => 3 * weight)]), 1, 1.000001);
        });
}
