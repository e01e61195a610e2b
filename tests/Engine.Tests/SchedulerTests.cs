using CsCheck;

namespace MoE.Engine.Tests;

/// <summary>What the scheduler promises, whatever arrives.</summary>
public sealed class SchedulerTests
{
    private const int EndlessSteps = 20_000;

    private static readonly Gen<(int Arrival, int Prompt, int Output)[]> s_requests =
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 40], Gen.Int[1, 20]).Array[1, 12];

    [Fact]
    public void Step_AnyRequests_KeepsItsBoundsAndEverySequenceEnds() =>
        Gen.Select(s_requests, Gen.Int[16, 60], Gen.Int[1, 8], Gen.Int[0, 24], Gen.Int[1, 24], Gen.Bool).Sample(
            (requests, blocks, sequences, prompts, whileDecoding, prefixes) => Run(
                requests, blocks,
                new EngineSettings(0, sequences, 64, sequences + prompts, prefixes) { MaxPrefillTokensWhileDecoding = whileDecoding }),
            iter: 2000);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(3, 1)]
    [InlineData(3, 100)]
    public void Step_LongPromptWhileOthersGenerate_AllOfThemGetATokenAndThePromptItsShare(int generating, int bound)
    {
        const int batchTokens = 16;
        var forward = new ScriptedForwardPass();
        var scheduler = new Scheduler(forward, new EngineSettings(0, 8, 8, batchTokens) { MaxPrefillTokensWhileDecoding = bound });
        var candidates = new Candidates(16);
        var decoding = Enumerable.Range(0, generating).Select(index => Create(1, 40, index, candidates)).ToList();
        decoding.ForEach(scheduler.Add);
        Assert.Empty(Compute(forward, scheduler.Step()));

        var share = Math.Min(bound, batchTokens - generating);
        var prompt = Create(5 * share + 1, 1, 1, candidates);
        scheduler.Add(prompt);
        for (var step = 0; step < 5; step++)
        {
            var batch = scheduler.Step();
            Assert.All(decoding, sequence => Assert.Single(batch, entry => entry.Sequence == sequence && entry.Chunk.TokenIds.Length == 1));
            Assert.Equal(share, Assert.Single(batch, entry => entry.Sequence == prompt).Chunk.TokenIds.Length);
            Assert.Equal(generating + 1, batch.Count);
            Compute(forward, batch);
        }

        Assert.Equal(1, prompt.Pending);
    }

    [Fact]
    public void Step_PromptsAlone_FillTheBatch()
    {
        var forward = new ScriptedForwardPass();
        var scheduler = new Scheduler(forward, new EngineSettings(0, 8, 8, 16, PrefixCache: false) { MaxPrefillTokensWhileDecoding = 4 });
        var candidates = new Candidates(16);
        foreach (var index in Enumerable.Range(0, 2))
            scheduler.Add(Create(40, 1, index, candidates));
        for (var step = 0; step < 4; step++)
        {
            var batch = scheduler.Step();
            Assert.Equal([8, 8], batch.Select(entry => entry.Chunk.TokenIds.Length));
            Compute(forward, batch);
        }
    }

    private static void Run((int Arrival, int Prompt, int Output)[] requests, int blocks, EngineSettings settings)
    {
        var forward = new ScriptedForwardPass(blocks);
        var scheduler = new Scheduler(forward, settings);
        var candidates = new Candidates(16);
        var left = requests.Select((request, index) => (request.Arrival, Sequence: Create(request.Prompt, request.Output, index, candidates))).ToList();
        var unfinished = left.Select(entry => entry.Sequence).ToHashSet();
        for (var step = 0; unfinished.Count > 0; step++)
        {
            Assert.True(step < EndlessSteps, $"{unfinished.Count} sequences never end");
            foreach (var (_, sequence) in left.Where(entry => entry.Arrival <= step))
                scheduler.Add(sequence);
            left.RemoveAll(entry => entry.Arrival <= step);
            if (scheduler.IsIdle)
                continue;
            var generating = unfinished.Where(sequence => sequence.Cache is not null && sequence.Pending == 1).ToList();
            var batch = scheduler.Step();
            CheckBounds(batch, settings, scheduler);
            if (batch.Any(entry => generating.Contains(entry.Sequence)))
                Assert.InRange(batch.Where(entry => entry.Sequence.Pending > 1).Sum(entry => entry.Chunk.TokenIds.Length), 0, settings.MaxPrefillTokensWhileDecoding);

            // Prompts never hold up a sequence that generates; only one that gave its blocks back may be missing.
            Assert.All(generating.Where(sequence => sequence.Cache is not null), sequence => Assert.Contains(batch, entry => entry.Sequence == sequence));
            foreach (var ended in Compute(forward, batch))
            {
                scheduler.Remove(ended);
                unfinished.Remove(ended);
            }
        }

        Assert.Equal(blocks, forward.FreeBlocks);
    }

    private static void CheckBounds(IReadOnlyList<(Sequence Sequence, ForwardChunk Chunk)> batch, EngineSettings settings, Scheduler scheduler)
    {
        Assert.NotEmpty(batch);
        Assert.InRange(batch.Sum(entry => entry.Chunk.TokenIds.Length), 1, settings.MaxBatchTokens);
        Assert.InRange(scheduler.Running, 1, settings.MaxSequences);
        Assert.Equal(batch.Count, batch.Select(entry => entry.Sequence).Distinct().Count());
    }

    /// <summary>The sequences that end with the batch.</summary>
    private static List<Sequence> Compute(ScriptedForwardPass forward, IReadOnlyList<(Sequence Sequence, ForwardChunk Chunk)> batch)
    {
        var ended = new List<Sequence>();
        var logits = forward.Forward([.. batch.Select(entry => entry.Chunk)]).Span;
        foreach (var (sequence, chunk) in batch)
        {
            var length = MoE.Model.LogitsWantedRows.Rows(chunk.Logits, chunk.TokenIds.Length) * forward.VocabSize;
            if (sequence.Take(chunk, logits[..length], forward.VocabSize))
                ended.Add(sequence);
            logits = logits[length..];
        }

        return ended;
    }

    /// <summary>Prompts of few kinds, so that some begin alike.</summary>
    private static Sequence Create(int prompt, int output, int index, Candidates candidates) => new(
        TestEngine.Request([.. Enumerable.Range(0, prompt).Select(i => (i + index % 3) % 15)], new SamplingParams { Temperature = 0, MaxTokens = output, IgnoreEos = true }),
        1, new HashSet<int> { FakeTokenizer.Eos }, candidates, 64);
}
