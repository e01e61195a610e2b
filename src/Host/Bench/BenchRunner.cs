using System.Diagnostics;
using MoE.Engine;

namespace MoE.Host;

/// <summary>Times an engine from where its clients stand: scheduling, sampling and streams are in the figures.</summary>
/// <param name="engine">Idle.</param>
/// <param name="repetitions">Timed runs of each test, after some that are not counted.</param>
internal sealed class BenchRunner(IEngine engine, int repetitions)
{
    /// <summary>How long a test runs before it counts, at least once: the runtime compiles hot code anew in a process's first seconds, beside it.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    private readonly Random _random = new(1);
    private int _requests;

    /// <summary>Reads prompts of random ids, so that no two share a prefix; the clock stops at the first token of output.</summary>
    public Task<BenchResult> PromptAsync(int tokens, CancellationToken cancellationToken) =>
        RepeatAsync($"pp{tokens}", steps: 1, async () =>
        {
            var clock = Stopwatch.StartNew();
            await GenerateAsync(Ids(tokens), 1, _ => { }, cancellationToken).ConfigureAwait(false);
            return tokens / clock.Elapsed.TotalSeconds;
        });

    /// <summary>
    /// Generates in several sequences at once; the clock starts when all of them have their first token. Each has the same prompt in
    /// every repetition: the cache holds it from those that are not counted.
    /// </summary>
    /// <param name="tokens">Tokens of a sequence after its first.</param>
    /// <param name="sequences">How many.</param>
    /// <param name="depth">Tokens of each prompt.</param>
    /// <param name="cancellationToken">Ends the test.</param>
    public Task<BenchResult> GenerateAsync(int tokens, int sequences, int depth, CancellationToken cancellationToken)
    {
        var prompts = Enumerable.Range(0, sequences).Select(_ => Ids(depth)).ToArray();
        var test = (sequences == 1 ? $"tg{tokens}" : $"tg{tokens}x{sequences}") + (depth == 1 ? "" : $" @ d{depth}");
        return RepeatAsync(test, tokens + 1, async () =>
        {
            var clock = new Stopwatch();
            var waiting = sequences;
            var timed = 0;
            await Task.WhenAll(prompts.Select(prompt => GenerateAsync(prompt, tokens + 1, OnToken, cancellationToken))).ConfigureAwait(false);
            return timed / clock.Elapsed.TotalSeconds;

            void OnToken(int number)
            {
                lock (clock)
                {
                    if (clock.IsRunning)
                        timed++;
                    else if (number == 1 && --waiting == 0)
                        clock.Start();
                }
            }
        });
    }

    private async Task<BenchResult> RepeatAsync(string test, int steps, Func<Task<double>> run)
    {
        var clock = Stopwatch.StartNew();
        do
            await run().ConfigureAwait(false);
        while (clock.Elapsed < s_warmUp);
        var speeds = new double[repetitions];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < speeds.Length; i++)
            speeds[i] = await run().ConfigureAwait(false);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        return new BenchResult(test, speeds, allocated / ((long)repetitions * steps));
    }

    /// <summary>Tokens are drawn, not chosen greedily: a model of random weights soon repeats itself, and with it its experts.</summary>
    private async Task GenerateAsync(int[] prompt, int tokens, Action<int> onToken, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _requests);
        var sampling = new SamplingParams { Temperature = 1, Seed = number, MaxTokens = tokens, IgnoreEos = true };
        var request = new GenerationRequest($"bench-{number}", prompt, sampling);
        var generated = 0;
        await foreach (var _ in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
            onToken(++generated);
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
