using System.Net;

namespace MoE.Faults;

/// <summary>A13: more requests than the front takes, and clients that go away.</summary>
public sealed class OverloadSpecs
{
    private static readonly IReadOnlyList<Prompt> s_prompts = Prompt.Several(4, 60);

    [Fact]
    public async Task Should_AnswerOrRefuseAtOnce_When_TenTimesTooManyAsk()
    {
        await using var cluster = await FaultCluster.StartAsync(
            new ClusterShape { Experts = 2, Overrides = "moe.engine { max-sequences = 4, max-waiting = 4 }" });
        var references = new References();
        await references.AskAsync(cluster.Front, s_prompts);

        var watch = new StreamWatch();
        var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => cluster.Front.StreamAsync(s_prompts[i % s_prompts.Count], watch)));
        Assert.All(answers, answer => Assert.True(
            answer.Complete ? !answer.IsWrong(references.Of(answer.Prompt)) : answer.Error!.StartsWith("429", StringComparison.Ordinal), answer.Error));
        Assert.InRange(answers.Count(answer => answer.Complete), 4, 79);
        await AnswersAsync(cluster, references);
    }

    [Fact]
    public async Task Should_ServeOn_When_ManyClientsGoAway()
    {
        await using var cluster = await FaultCluster.StartAsync(new ClusterShape { Experts = 2 });
        var references = new References();
        await references.AskAsync(cluster.Front, s_prompts);

        var watch = new StreamWatch();
        using var away = new CancellationTokenSource();
        var endless = s_prompts.Select(prompt => prompt with { MaxTokens = 1500 }).ToList();
        var streams = Enumerable.Range(0, 40).Select(i => cluster.Front.StreamAsync(endless[i % endless.Count], watch, away.Token)).ToList();
        await watch.ReachedAsync(1, streams.Count);
        await away.CancelAsync();
        foreach (var stream in streams)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream);

        await cluster.Front.UntilTextAsync("/metrics", "moe_requests_running 0");
        await AnswersAsync(cluster, references);
    }

    private static async Task AnswersAsync(FaultCluster cluster, References references)
    {
        Assert.Equal(HttpStatusCode.OK, (await cluster.Front.GetAsync("/health")).Status);
        foreach (var prompt in s_prompts)
        {
            var answer = await cluster.Front.StreamAsync(prompt, new StreamWatch());
            Assert.True(references.Agree(answer), answer.Error);
        }
    }
}
