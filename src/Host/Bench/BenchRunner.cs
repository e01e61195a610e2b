using System.Diagnostics;
using MoE.Engine;

namespace MoE.Host;

/// <summary>Times an engine from where its clients stand: scheduling, sampling and streams are in the figures.</summary>
/// <param name="engine">Idle.</param>
/// <param name="repetitions">Timed runs of each test, after one that is not counted.</param>
internal sealed class BenchRunner(IEngine engine, int repetitions)
{
    private readonly Random _random = new(1);
    private int _requests;

    /// <summary>Reads prompts of random ids, so that no two share a prefix; the clock stops at the first token of output.</summary>
    public Task<BenchResult> PromptAsync(int tokens, CancellationToken cancellationToken) =>
        RepeatAsync($"pp{tokens}", tokens, steps: 1, async () =>
        {
            var clock = Stopwatch.StartNew();
            await GenerateAsync(Ids(tokens), 1, cancellationToken).ConfigureAwait(false);
            return clock.Elapsed;
        });

    /// <summary>Generates from a prompt of one token, in several sequences at once.</summary>
    public Task<BenchResult> GenerateAsync(int tokens, int sequences, CancellationToken cancellationToken) =>
        RepeatAsync(sequences == 1 ? $"tg{tokens}" : $"tg{tokens}x{sequences}", (long)tokens * sequences, tokens, async () =>
        {
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, sequences).Select(
                _ => GenerateAsync(Ids(1), tokens, cancellationToken))).ConfigureAwait(false);
            return clock.Elapsed;
        });

    private async Task<BenchResult> RepeatAsync(string test, long tokens, int steps, Func<Task<TimeSpan>> run)
    {
        await run().ConfigureAwait(false);
        var speeds = new double[repetitions];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < speeds.Length; i++)
            speeds[i] = tokens / (await run().ConfigureAwait(false)).TotalSeconds;
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        return new BenchResult(test, speeds, allocated / ((long)repetitions * steps));
    }

    /// <summary>Tokens are drawn, not chosen greedily: a model of random weights soon repeats itself, and with it its experts.</summary>
    private async Task GenerateAsync(int[] prompt, int tokens, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _requests);
        var sampling = new SamplingParams { Temperature = 1, Seed = number, MaxTokens = tokens, IgnoreEos = true };
        var request = new GenerationRequest($"bench-{number}", prompt, sampling);
        var generated = 0;
        await foreach (var _ in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
            generated++;
        if (generated != tokens)
            throw new InvalidOperationException($"{request.RequestId} got {generated} of {tokens} tokens");
    }

    private int[] Ids(int count)
    {
        var ids = new int[count];
        lock (_random)
        {
            for (var i = 0; i < count; i++)
                ids[i] = _random.Next(engine.Config.VocabSize);
        }

        return ids;
    }
}
