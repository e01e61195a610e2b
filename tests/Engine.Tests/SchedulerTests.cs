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
        Gen.Select(s_requests, Gen.Int[16, 60], Gen.Int[1, 8], Gen.Int[0, 24], Gen.Bool).Sample(
            (requests, blocks, sequences, prompts, prefixes) =>
                Run(requests, blocks, new EngineSettings(0, sequences, 64, sequences + prompts, prefixes)),
            iter: 2000);

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
