namespace MoE.Gating.Tests;

public class TopKRouterTests
{
    [Fact]
    public void Route_NormTopkProbFalse_WeightsAreTheSoftmaxOverAllExperts()
    {
        var routing = Route(new RouterConfig(4, 2, ScoreFunction.Softmax, NormTopkProb: false), 1f, 3f, 2f, 0f);
        Assert.Equal([1, 2], routing.TopkExperts);
        var sum = Math.Exp(1) + Math.Exp(3) + Math.Exp(2) + 1;
        Assert.Equal(Math.Exp(3) / sum, routing.TopkWeights[0], 6);
        Assert.Equal(Math.Exp(2) / sum, routing.TopkWeights[1], 6);
    }

    [Fact]
    public void Route_NormTopkProbTrue_WeightsSumToOne()
    {
        var routing = Route(new RouterConfig(4, 2, ScoreFunction.Softmax, NormTopkProb: true), 1f, 3f, 2f, 0f);
        Assert.Equal(1.0, routing.TopkWeights.Sum(), 6);
        Assert.Equal(Math.Exp(1), routing.TopkWeights[0] / routing.TopkWeights[1], 5);
    }

    [Fact]
    public void Route_ScalingFactor_MultipliesTheWeights()
    {
        var plain = Route(new RouterConfig(4, 2, ScoreFunction.Softmax, NormTopkProb: true), 1f, 3f, 2f, 0f);
        var scaled = Route(new RouterConfig(4, 2, ScoreFunction.Softmax, NormTopkProb: true, 2.5f), 1f, 3f, 2f, 0f);
        Assert.Equal(plain.TopkWeights.Select(weight => weight * 2.5f), scaled.TopkWeights);
    }

    [Fact]
    public void Route_EqualScores_LowerExpertComesFirst()
    {
        var routing = Route(new RouterConfig(6, 3, ScoreFunction.Softmax, NormTopkProb: false), 1f, 2f, 2f, 1f, 2f, 2f);
        Assert.Equal([1, 2, 4], routing.TopkExperts);
    }

    [Fact]
    public void Route_TokenInABatch_EqualsTheTokenAlone()
    {
        var random = new Random(7);
        var config = new RouterConfig(16, 4, ScoreFunction.Softmax, NormTopkProb: true);
        var logits = Enumerable.Range(0, 5 * 16).Select(_ => random.NextSingle() * 8 - 4).ToArray();
        var batch = new TokenRouting(5, 4);
        new TopKRouter(config).Route(logits.ToArray(), batch);
        for (var token = 0; token < 5; token++)
        {
            var alone = Route(config, logits[(token * 16)..((token + 1) * 16)]);
            Assert.Equal(alone.TopkExperts, batch.TopkExperts[(token * 4)..((token + 1) * 4)]);
            Assert.Equal(alone.TopkWeights, batch.TopkWeights[(token * 4)..((token + 1) * 4)]);
        }
    }

    [Fact]
    public void Route_TopKEqualsExperts_SortsThemAll()
    {
        var routing = Route(new RouterConfig(4, 4, ScoreFunction.Softmax, NormTopkProb: false), 0f, 2f, 1f, 3f);
        Assert.Equal([3, 1, 2, 0], routing.TopkExperts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Constructor_TopKOutOfRange_NamesTheBound(int topK)
    {
        var error = Assert.Throws<ArgumentException>(() => new TopKRouter(new RouterConfig(4, topK, ScoreFunction.Softmax, false)));
        Assert.Contains($"top-k {topK} is not in 1..4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Route_WrongShape_Throws()
    {
        var router = new TopKRouter(new RouterConfig(4, 2, ScoreFunction.Softmax, false));
        Assert.Throws<ArgumentException>(() => router.Route(new float[7], new TokenRouting(2, 2)));
    }

    private static TokenRouting Route(RouterConfig config, params float[] logits)
    {
        var routing = new TokenRouting(1, config.TopK);
        new TopKRouter(config).Route(logits.ToArray(), routing);
        return routing;
    }
}
