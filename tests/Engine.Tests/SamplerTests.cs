using CsCheck;

namespace MoE.Engine.Tests;

public sealed class SamplerTests
{
    private static readonly float[] s_logits = [1f, 3f, 2f, 3f, -1f];

    [Fact]
    public void Next_Greedy_TakesTheLowerIdOnATie() => Assert.Equal(1, Next(new SamplingParams { Temperature = 0 }));

    [Fact]
    public void Next_NaN_IsAnError()
    {
        var sampler = Create(new SamplingParams());
        var error = Assert.Throws<EngineException>(() => sampler.Next([1f, float.NaN, 2f, 3f, 4f]));
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_SameSeed_GivesTheSameDraws()
    {
        var parameters = new SamplingParams { Temperature = 1.5f };
        var first = Draw(Create(parameters, seed: 5), 100);
        Assert.Equal(first, Draw(Create(parameters, seed: 5), 100));
        Assert.NotEqual(first, Draw(Create(parameters, seed: 6), 100));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f)]
    [InlineData(2f)]
    public void Next_Temperature_DrawsBySoftmax(float temperature)
    {
        const int draws = 20_000;
        var counts = new int[s_logits.Length];
        foreach (var id in Draw(Create(new SamplingParams { Temperature = temperature }), draws))
            counts[id]++;
        var sum = s_logits.Sum(logit => Math.Exp(logit / temperature));
        for (var id = 0; id < counts.Length; id++)
            Assert.Equal(Math.Exp(s_logits[id] / temperature) / sum, counts[id] / (double)draws, 0.015);
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 3 })]
    [InlineData(3, new[] { 1, 2, 3 })]
    [InlineData(0, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(50, new[] { 0, 1, 2, 3, 4 })]
    public void Next_TopK_KeepsTheBest(int topK, int[] kept) =>
        Assert.Equal(kept, Support(new SamplingParams { Temperature = 3, TopK = topK }));

    [Theory]
    [InlineData(0.01f, new[] { 1 })]
    [InlineData(0.6f, new[] { 1, 3 })]
    [InlineData(0.85f, new[] { 1, 2, 3 })]
    [InlineData(1f, new[] { 0, 1, 2, 3, 4 })]
    public void Next_TopP_KeepsTheFewestThatReachTheSum(float topP, int[] kept) =>
        Assert.Equal(kept, Support(new SamplingParams { TopP = topP }));

    [Theory]
    [InlineData(0.9f, new[] { 1, 3 })]
    [InlineData(0.3f, new[] { 1, 2, 3 })]
    [InlineData(0f, new[] { 0, 1, 2, 3, 4 })]
    public void Next_MinP_DropsWhatIsBelowAShareOfTheBest(float minP, int[] kept) =>
        Assert.Equal(kept, Support(new SamplingParams { MinP = minP }));

    [Fact]
    public void Next_RepetitionPenalty_DividesPositiveAndMultipliesNegativeLogitsOfPromptAndOutput()
    {
        var parameters = new SamplingParams { Temperature = 0, RepetitionPenalty = 2 };
        Assert.Equal(3, Create(parameters, prompt: [1]).Next(s_logits));
        Assert.Equal(2, Create(parameters, prompt: [1, 3]).Next(s_logits));
        Assert.Equal(1, Create(parameters, prompt: [0]).Next([-1f, -1.5f, -9f, -9f, -9f]));
    }

    [Fact]
    public void Next_FrequencyAndPresence_CountTheOutputAlone()
    {
        var frequency = Create(new SamplingParams { Temperature = 0, FrequencyPenalty = 0.6f }, prompt: [1, 1, 1]);
        Assert.Equal([1, 3, 1, 3, 2], Draw(frequency, 5));
        var presence = Create(new SamplingParams { Temperature = 0, PresencePenalty = 5 });
        Assert.Equal([1, 3, 2, 0, 4], Draw(presence, 5));
    }

    [Fact]
    public void Next_LogitBias_IsAddedAndIgnoredOutsideTheVocabulary() =>
        Assert.Equal(4, Next(new SamplingParams { Temperature = 0, LogitBias = new Dictionary<int, float> { [4] = 100, [99] = 100 } }));

    [Fact]
    public void Next_RandomParameters_GivesAnIdOfTheVocabulary() =>
        Gen.Select(Gen.Float[-20, 20].Array[1, 40], Gen.Float[0.01f, 2], Gen.Int[0, 50], Gen.Float[0.001f, 1], Gen.Float[0, 1], Gen.Long)
            .Sample((logits, temperature, topK, topP, minP, seed) =>
            {
                var parameters = new SamplingParams { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
                var id = new Sampler(parameters, seed, [], [], new Candidates(logits.Length)).Next(logits);
                return id >= 0 && id < logits.Length && logits[id] > float.NegativeInfinity;
            });

    [Fact]
    public void Draw_RandomLogits_KeepsTheNucleusThatAFullSortGives() =>
        Gen.Select(Gen.Float[-8, 8].Array[1, 60], Gen.Float[0.02f, 0.98f]).Sample((logits, topP) =>
        {
            var sum = logits.Sum(logit => Math.Exp(logit - logits.Max()));
            var nucleus = new HashSet<int>();
            var reached = 0.0;
            foreach (var id in Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id))
            {
                nucleus.Add(id);
                reached += Math.Exp(logits[id] - logits.Max());
                // The sums are taken in another order than the sampler takes them.
                if (reached >= topP * sum * (1 + 1e-9))
                    break;
            }

            var candidates = new Candidates(logits.Length);
            var drawn = new HashSet<int>();
            for (var i = 0; i < 200; i++)
            {
                logits.CopyTo(candidates.Logits);
                drawn.Add(candidates.Draw(new SamplingParams { TopP = topP }, i / 200.0));
            }

            return drawn.IsSubsetOf(nucleus) && drawn.Contains(nucleus.First());
        });

    [Fact]
    public void CounterRandom_Draws_AreUniform()
    {
        const int draws = 50_000;
        var bins = new int[10];
        for (var i = 0; i < draws; i++)
            bins[(int)(CounterRandom.Next(42, i) * 10)]++;
        Assert.All(bins, bin => Assert.InRange(bin / (double)draws, 0.09, 0.11));
    }

    private static int Next(SamplingParams parameters) => Create(parameters).Next(s_logits);

    private static Sampler Create(SamplingParams parameters, long seed = 1, int[]? prompt = null) =>
        new(parameters, seed, prompt ?? [], [], new Candidates(s_logits.Length));

    private static List<int> Draw(Sampler sampler, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => sampler.Next(s_logits))];

    private static IEnumerable<int> Support(SamplingParams parameters) =>
        Draw(Create(parameters), 3000).Distinct().Order();
}
