using MoE.Model;

namespace MoE.Engine.Tests;

public sealed class EngineTests
{
    [Fact]
    public async Task Generate_Greedy_GivesTheScriptsTokens()
    {
        var forward = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1, 2, 3]));
        Assert.Equal(TestEngine.Expected(forward, [1, 2, 3], 8), tokens.Select(token => token.TokenId));
        Assert.Equal(FinishReason.Length, tokens[^1].FinishReason);
        Assert.All(tokens[..^1], token => Assert.Null(token.FinishReason));
        Assert.Equal(64, forward.FreeBlocks);
    }

    [Fact]
    public async Task Generate_EndToken_StopsWithIt()
    {
        var forward = new ScriptedForwardPass { Next = ids => ids.Count < 5 ? 4 : FakeTokenizer.Eos };
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1, 2, 3]));
        Assert.Equal([4, 4, FakeTokenizer.Eos], tokens.Select(token => token.TokenId));
        Assert.Equal(FinishReason.Stop, tokens[^1].FinishReason);
    }

    [Fact]
    public async Task Generate_IgnoreEos_GoesOn()
    {
        var forward = new ScriptedForwardPass { Next = _ => FakeTokenizer.Eos };
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1], new SamplingParams { Temperature = 0, MaxTokens = 5, IgnoreEos = true }));
        Assert.Equal(5, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].FinishReason);
    }

    [Fact]
    public async Task Generate_MinTokens_HoldsEndTokensBack()
    {
        var forward = new ScriptedForwardPass { Next = _ => FakeTokenizer.Eos };
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1], new SamplingParams { Temperature = 0, MaxTokens = 9, MinTokens = 3 }));
        Assert.Equal(4, tokens.Count);
        Assert.DoesNotContain(tokens[..3], token => token.TokenId == FakeTokenizer.Eos);
        Assert.Equal(FakeTokenizer.Eos, tokens[3].TokenId);
    }

    [Fact]
    public async Task Generate_StopTokenId_StopsThere()
    {
        var forward = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(forward);
        var expected = TestEngine.Expected(forward, [1, 2], 8);
        var tokens = await engine.CollectAsync(TestEngine.Request([1, 2], new SamplingParams { Temperature = 0, MaxTokens = 8, StopTokenIds = [expected[2]] }));
        Assert.Equal(expected.TakeWhile(id => id != expected[2]).Append(expected[2]), tokens.Select(token => token.TokenId));
        Assert.Equal(FinishReason.Stop, tokens[^1].FinishReason);
    }

    [Fact]
    public async Task Generate_ContextFull_EndsByLength()
    {
        await using var engine = TestEngine.Create(new ScriptedForwardPass(), new EngineSettings(10, 8, 8, 32));
        var tokens = await engine.CollectAsync(TestEngine.Request([1, 2, 3, 4, 5, 6], new SamplingParams { Temperature = 0, MaxTokens = 50 }));
        Assert.Equal(4, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].FinishReason);
    }

    [Fact]
    public async Task Generate_PromptTooLong_SaysHowLong()
    {
        await using var engine = TestEngine.Create(new ScriptedForwardPass(), new EngineSettings(10, 8, 8, 32));
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request(new int[10])));
        Assert.Equal((EngineError.ContextExceeded, 10), (error.Error, error.PromptTokens));
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 16 })]
    [InlineData(new[] { -1 })]
    public async Task Generate_BadPrompt_IsRefused(int[] prompt)
    {
        await using var engine = TestEngine.Create(new ScriptedForwardPass());
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CollectAsync(TestEngine.Request(prompt)));
    }

    [Fact]
    public async Task Generate_ManyAtOnce_GiveWhatEachGivesAlone()
    {
        var forward = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 4, 100, 8));
        int[][] prompts = [.. Enumerable.Range(1, 20).Select(i => Enumerable.Range(0, i).Select(j => (i * j) % 16).ToArray())];
        var all = await Task.WhenAll(prompts.Select(prompt => engine.CollectAsync(TestEngine.Request(prompt))));
        for (var i = 0; i < prompts.Length; i++)
            Assert.Equal(TestEngine.Expected(forward, prompts[i], 8), all[i].Select(token => token.TokenId));
        Assert.All(forward.Steps, step => Assert.InRange(step.Sum(), 1, 8));
        Assert.All(forward.Steps, step => Assert.InRange(step.Length, 1, 4));
        Assert.Equal(64, forward.FreeBlocks);
    }

    [Fact]
    public async Task Generate_CacheTooSmallForAll_PreemptsAndGivesTheSame()
    {
        var forward = new ScriptedForwardPass(maxBlocks: 8);
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 8, 8, 32));
        int[][] prompts = [.. Enumerable.Range(1, 6).Select(i => Enumerable.Repeat(i, 5).ToArray())];
        var sampling = new SamplingParams { Temperature = 0.8f, Seed = 11, MaxTokens = 20, IgnoreEos = true };
        var together = await Task.WhenAll(prompts.Select(prompt => engine.CollectAsync(TestEngine.Request(prompt, sampling))));
        for (var i = 0; i < prompts.Length; i++)
        {
            var alone = await engine.CollectAsync(TestEngine.Request(prompts[i], sampling));
            Assert.Equal(alone.Select(token => token.TokenId), together[i].Select(token => token.TokenId));
            Assert.Equal(20, alone.Count);
        }

        Assert.Equal(8, forward.FreeBlocks);
    }

    [Fact]
    public async Task Generate_QueueFull_IsRefusedAtOnce()
    {
        var forward = new ScriptedForwardPass { IsHeld = true };
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 1, 1, 32));
        var running = engine.CollectAsync(TestEngine.Request([1]));
        var waiting = engine.CollectAsync(TestEngine.Request([2]));
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request([3])));
        Assert.Equal(EngineError.QueueFull, error.Error);
        forward.Allow(100);
        Assert.Equal(8, (await running).Count);
        Assert.Equal(8, (await waiting).Count);
        Assert.Equal(8, (await engine.CollectAsync(TestEngine.Request([3]))).Count);
    }

    [Fact]
    public async Task Generate_Cancelled_FreesTheSlot()
    {
        var forward = new ScriptedForwardPass { IsHeld = true };
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 1, 0, 32));
        using var cancellation = new CancellationTokenSource();
        var first = engine.CollectAsync(TestEngine.Request([1]), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        forward.Allow(100);
        while (engine.Status.Running + engine.Status.Waiting > 0)
            await Task.Yield();
        Assert.Equal(8, (await engine.CollectAsync(TestEngine.Request([2]))).Count);
        Assert.Equal(64, forward.FreeBlocks);
    }

    [Fact]
    public async Task Generate_ExpertsUnavailable_FailsTheBatchAndServesOn()
    {
        var forward = new ScriptedForwardPass { Before = step => Throw(step == 2, new ExpertsUnavailableException("layer 0: expert 3 is missing")) };
        await using var engine = TestEngine.Create(forward);
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request([1])));
        Assert.Equal((EngineError.Unavailable, "layer 0: expert 3 is missing"), (error.Error, error.Message));
        forward.Before = _ => { };
        Assert.Equal(8, (await engine.CollectAsync(TestEngine.Request([1]))).Count);
        Assert.Equal(64, forward.FreeBlocks);
    }

    [Fact]
    public async Task Generate_StepThrows_IsInternalAndServesOn()
    {
        var forward = new ScriptedForwardPass { Before = step => Throw(step == 0, new InvalidOperationException("a defect")) };
        await using var engine = TestEngine.Create(forward);
        Assert.Equal(EngineError.Internal, (await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request([1])))).Error);
        forward.Before = _ => { };
        Assert.Equal(8, (await engine.CollectAsync(TestEngine.Request([1]))).Count);
    }

    /// <summary>A defect behind the step: who has got its last token is done, and is counted once.</summary>
    [Fact]
    public async Task Generate_LogitsOfOneAreMissing_OnlyThatOneFails()
    {
        var forward = new ScriptedForwardPass { IsHeld = true, Short = 1 };
        await using var engine = TestEngine.Create(forward);
        var first = engine.CollectAsync(TestEngine.Request([1], new SamplingParams { Temperature = 0, MaxTokens = 2 }));
        var second = engine.CollectAsync(TestEngine.Request([2], new SamplingParams { Temperature = 0, MaxTokens = 2 }));
        forward.Allow(3);
        var outcomes = await Task.WhenAll(Outcome(first), Outcome(second));
        Assert.Contains("2 tokens", outcomes);
        Assert.Contains(nameof(EngineError.Internal), outcomes);
        Assert.Equal(new EngineStatus(true, null, 0, 0) { KvBlocks = 64 }, engine.Status);

        static async Task<string> Outcome(Task<List<GeneratedToken>> sequence)
        {
            try
            {
                return $"{(await sequence).Count} tokens";
            }
            catch (EngineException e)
            {
                return $"{e.Error}";
            }
        }
    }

    [Fact]
    public async Task Generate_NotReady_IsUnavailableWithTheReason()
    {
        await using var engine = TestEngine.Create(new ScriptedForwardPass(), ready: () => new EngineReadiness(false, false, "no node holds layer 0 expert 1"));
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request([1])));
        Assert.Equal((EngineError.Unavailable, "no node holds layer 0 expert 1"), (error.Error, error.Message));
        Assert.Equal(new EngineStatus(false, "no node holds layer 0 expert 1", 0, 0) { KvBlocks = 64 }, engine.Status);
    }

    [Fact]
    public async Task Generate_PromptThatTheCacheHolds_ComputesTheRestAndSaysHowMuchItHeld()
    {
        int[] prompt = [1, 2, 3, 4, 5, 6, 7, 8];
        var plain = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(plain);
        var expected = (await engine.CollectAsync(TestEngine.Request(prompt))).ConvertAll(token => token.TokenId);
        var forward = new ScriptedForwardPass { Kept = prompt };
        await using var cached = TestEngine.Create(forward);
        var tokens = await cached.CollectAsync(TestEngine.Request(prompt));
        Assert.Equal(expected, tokens.ConvertAll(token => token.TokenId));
        Assert.Equal(4, tokens[0].CachedTokens);
        Assert.Equal([4], forward.Steps[0]);
    }

    [Fact]
    public async Task Generate_TwoPromptsAlikeAtOnce_ComputeWhatTheyShareOnce()
    {
        int[] prompt = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var forward = new ScriptedForwardPass { IsHeld = true };
        forward.Before = step => forward.Kept = step > 0 ? prompt : null;
        await using var engine = TestEngine.Create(forward);
        var blocker = engine.CollectAsync(TestEngine.Request([3]));

        // Its step is held: the two arrive together before the next.
        while (engine.Status.Running == 0)
            await Task.Yield();
        Task<List<GeneratedToken>>[] both = [engine.CollectAsync(TestEngine.Request(prompt)), engine.CollectAsync(TestEngine.Request(prompt))];
        forward.Allow(100);
        var texts = await Task.WhenAll(both);
        await blocker;
        Assert.Equal(texts[0].ConvertAll(token => token.TokenId), texts[1].ConvertAll(token => token.TokenId));
        Assert.Equal([0, 8], texts.Select(tokens => tokens[0].CachedTokens).Order());
        Assert.Equal(1, forward.Steps.Sum(step => step.Count(tokens => tokens == prompt.Length)));
    }

    [Fact]
    public async Task Generate_PrefixCacheOff_ComputesEveryPrompt()
    {
        int[] prompt = [1, 2, 3, 4, 5];
        var forward = new ScriptedForwardPass { Kept = prompt };
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 8, 8, 32, PrefixCache: false));
        Assert.Equal(0, (await engine.CollectAsync(TestEngine.Request(prompt)))[0].CachedTokens);
        Assert.Equal([5], forward.Steps[0]);
    }

    [Fact]
    public async Task Generate_PromptThatIsScored_IsComputedWhole()
    {
        int[] prompt = [1, 2, 3, 4, 5, 6];
        var forward = new ScriptedForwardPass { Kept = prompt };
        await using var engine = TestEngine.Create(forward);
        var request = TestEngine.Request(prompt);
        var tokens = await engine.CollectAsync(request with { Sampling = request.Sampling with { PromptLogprobs = 1 } });
        Assert.Equal((0, prompt.Length), (tokens[0].CachedTokens, tokens[0].PromptLogprobs!.Count));
    }

    [Fact]
    public async Task Drain_Running_EndsThemAndRefusesNew()
    {
        var forward = new ScriptedForwardPass { IsHeld = true };
        await using var engine = TestEngine.Create(forward);
        var running = engine.CollectAsync(TestEngine.Request([1]));
        var drained = engine.DrainAsync(CancellationToken.None);
        Assert.Equal(EngineError.ShuttingDown, (await Assert.ThrowsAsync<EngineException>(() => engine.CollectAsync(TestEngine.Request([2])))).Error);
        Assert.False(drained.IsCompleted);
        forward.Allow(100);
        Assert.Equal(8, (await running).Count);
        await drained;
    }

    [Fact]
    public async Task Drain_TakesTooLong_FailsWhatIsLeft()
    {
        var forward = new ScriptedForwardPass { IsHeld = true };
        await using var engine = TestEngine.Create(forward);
        var running = engine.CollectAsync(TestEngine.Request([1]));
        forward.Allow(1);
        var drained = engine.DrainAsync(new CancellationToken(canceled: true));
        forward.Allow(1);
        await drained;
        Assert.Equal(EngineError.ShuttingDown, (await Assert.ThrowsAsync<EngineException>(() => running)).Error);
    }

    [Fact]
    public async Task Generate_LongPromptBesideGenerating_NeitherHoldsUpTheOther()
    {
        var forward = new ScriptedForwardPass { IsHeld = true };
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 4, 4, 8));
        var sampling = new SamplingParams { Temperature = 0, MaxTokens = 30, IgnoreEos = true };
        var first = engine.CollectAsync(TestEngine.Request([1, 2], sampling));
        forward.Allow(2);
        var prompt = engine.CollectAsync(TestEngine.Request(Enumerable.Repeat(3, 60).ToArray(), sampling));
        forward.Allow(200);
        await Task.WhenAll(first, prompt);
        Assert.Contains(forward.Steps, step => step is [1, 7]);
    }

    [Fact]
    public async Task Generate_Logprobs_AreOfTheRawLogits()
    {
        var forward = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1, 2], new SamplingParams { Temperature = 0, MaxTokens = 1, Logprobs = 3, RepetitionPenalty = 1.5f }));
        var row = forward.Row([1, 2]);
        var sum = Math.Log(row.Sum(logit => Math.Exp(logit)));
        var token = Assert.Single(tokens);
        Assert.Equal((float)(row[token.TokenId] - sum), token.Logprob!.Value, 5);
        var best = Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]).ThenBy(id => id).Take(3);
        Assert.Equal(best, token.TopLogprobs!.Select(top => top.TokenId));
    }

    [Fact]
    public async Task Generate_PromptLogprobs_CoverThePromptHoweverItIsCut()
    {
        var forward = new ScriptedForwardPass();
        await using var engine = TestEngine.Create(forward, new EngineSettings(0, 2, 2, 3));
        int[] prompt = [1, 2, 3, 4, 5, 6, 7, 8];
        var tokens = await engine.CollectAsync(TestEngine.Request(prompt, new SamplingParams { Temperature = 0, MaxTokens = 2, PromptLogprobs = 1 }));
        var scored = tokens[0].PromptLogprobs!;
        Assert.Equal(prompt.Length, scored.Count);
        Assert.Null(scored[0]);
        for (var i = 1; i < prompt.Length; i++)
        {
            var row = forward.Row(prompt[..i]);
            Assert.Equal(prompt[i], scored[i]!.Token.TokenId);
            Assert.Equal((float)(row[prompt[i]] - Math.Log(row.Sum(logit => Math.Exp(logit)))), scored[i]!.Token.Logprob, 5);
        }

        Assert.Null(tokens[1].PromptLogprobs);
    }

    [Fact]
    public async Task Generate_PaddedVocabulary_ChoosesNoIdWithoutText()
    {
        var forward = new ScriptedForwardPass(vocabSize: 32) { Next = _ => 31 };
        await using var engine = TestEngine.Create(forward);
        var tokens = await engine.CollectAsync(TestEngine.Request([1]));
        Assert.All(tokens, token => Assert.InRange(token.TokenId, 0, 15));
    }

    private static void Throw(bool when, Exception exception)
    {
        if (when)
            throw exception;
    }
}
