using System.Diagnostics;

namespace MoE.Faults;

/// <summary>A thousand streams at once, and every ten seconds an expert node is killed and another started, for two minutes.</summary>
internal static class KillStorm
{
    public const string Name = "kill-storm";

    private const int Streams = 1000;
    private const int Kills = 12;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    public static async Task<FaultRow> RunAsync()
    {
        var shape = new ClusterShape
        {
            Experts = 3,
            Replicas = 2,
            Overrides = $"moe.engine {{ max-sequences = {Streams}, max-waiting = {Streams}, max-batch-tokens = {2 * Streams}, "
                + $"max-prefill-tokens-while-decoding = {Streams} }}",
        };
        await using var cluster = await FaultCluster.StartAsync(shape);
        var prompts = Prompt.Several(16, 48);
        var references = new References();
        await references.AskAsync(cluster.Front, prompts);

        var watch = new StreamWatch();
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Streams).Select(i => ClientAsync(cluster.Front, prompts, i, watch, enough.Token)).ToList();
        await watch.ReachedAsync(1, Streams);
        watch.Reset();
        for (var kill = 0; kill < Kills; kill++)
        {
            var next = Stopwatch.GetTimestamp();
            await cluster.KillAsync(cluster.Experts[0]);
            cluster.AddExpert();
            var left = s_interval - Stopwatch.GetElapsedTime(next);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, CancellationToken.None);
            await Console.Error.WriteLineAsync($"{Name} {kill + 1}/{Kills}");
        }

        await enough.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(client => client).ToList();
        var outcome = Outcome.Of(Streams, answers, references, watch.LongestStall);
        await Console.Error.WriteLineAsync($"{Name}: {outcome with { Errors = [] }} {string.Join("; ", outcome.Errors.Distinct().Take(10))}");
        return FaultRow.Of(
            $"an expert node killed every {s_interval.TotalSeconds:0} s for {(Kills * s_interval).TotalMinutes:0} min, {Streams} streams at any time ({answers.Count} in all)",
            [outcome]);
    }

    /// <summary>Streams one answer after the other until it is enough; the last one ends.</summary>
    private static async Task<List<StreamedAnswer>> ClientAsync(
        FrontClient front, IReadOnlyList<Prompt> prompts, int client, StreamWatch watch, CancellationToken enough)
    {
        var answers = new List<StreamedAnswer>();
        for (var i = client; !enough.IsCancellationRequested || answers.Count == 0; i++)
            answers.Add(await front.StreamAsync(prompts[i % prompts.Count], watch, CancellationToken.None));
        return answers;
    }
}
