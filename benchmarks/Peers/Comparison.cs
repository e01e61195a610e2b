using System.Globalization;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace MoE.Benchmarks.Peers;

/// <summary>
/// Takes turns, so that a machine whose speed drifts slows both: each ratio is of one turn, and the median and the extremes of
/// the ratios are reported beside those of the speeds.
/// </summary>
internal static class Comparison
{
    private static readonly int[] s_parallel = [8, 16];

    public static async Task RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        var ours = new List<IReadOnlyDictionary<string, double>>();
        var llama = new List<IReadOnlyDictionary<string, double>>();
        var cluster = new List<IReadOnlyDictionary<string, double>>();
        var overRpc = new List<IReadOnlyDictionary<string, double>>();
        var bandwidth = new List<double>();
        var (afterLlama, afterOurs, afterCluster) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < settings.Rounds; round++)
        {
            await Console.Error.WriteLineAsync($"round {round + 1} of {settings.Rounds}").ConfigureAwait(false);
            bandwidth.Add(MemoryBandwidth.Measure(settings.Threads));
            llama.Add(await LlamaCpp.RunAsync(settings, s_parallel, cancellationToken).ConfigureAwait(false));
            afterLlama.Add(Handover.Measure());
            ours.Add(await Moe.RunAsync(settings, s_parallel, nodes: 0, cancellationToken).ConfigureAwait(false));
            afterOurs.Add(Handover.Measure());
            if (settings.Nodes > 0)
            {
                cluster.Add(await Moe.RunAsync(settings, s_parallel, settings.Nodes, cancellationToken).ConfigureAwait(false));
                afterCluster.Add(Handover.Measure());
            }

            if (settings is { Nodes: > 0, Rpc: true })
                overRpc.Add(await LlamaCpp.RunOverRpcAsync(settings, cancellationToken).ConfigureAwait(false));
        }

        var console = AnsiConsole.Console;
        console.WriteLine($"{Path.GetFileName(settings.Model)}, {settings.Threads} threads, {settings.Rounds} rounds; {Cpu()}");
        console.WriteLine($"memory read bandwidth, all threads: {Show(bandwidth)} GB/s");
        console.WriteLine($"from one processor to another, after each program: llama.cpp {Show(afterLlama)}, moe {Show(afterOurs)} ns");
        Print(console, "moe", ours, "llama.cpp", llama);
        if (cluster.Count > 0)
        {
            console.WriteLine($"after {settings.Nodes} expert processes: {Show(afterCluster)} ns");
            Print(console, $"moe, {settings.Nodes} expert processes", cluster, "moe, one process", ours);
        }

        if (overRpc.Count > 0)
            Print(console, $"moe, {settings.Nodes} expert processes", cluster, $"llama.cpp, {settings.Nodes} rpc-servers", overRpc);
    }

    private static void Print(
        IAnsiConsole console, string name, List<IReadOnlyDictionary<string, double>> left, string otherName, List<IReadOnlyDictionary<string, double>> right)
    {
        console.WriteLine();
        console.WriteLine($"| test | {name} | {otherName} | ratio |");
        console.WriteLine("|---|---|---|---|");
        foreach (var test in left[0].Keys.Where(right[0].ContainsKey))
        {
            var (a, b) = (left.ConvertAll(run => run[test]), right.ConvertAll(run => run[test]));
            console.WriteLine($"| {test} | {Show(a)} | {Show(b)} | {Show(a.Zip(b, (x, y) => x / y).ToList())} |");
        }
    }

    /// <summary>Median, least and most.</summary>
    private static string Show(List<double> values)
    {
        var sorted = values.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{Digits(median)} ({Digits(sorted[0])}–{Digits(sorted[^1])})");
    }

    private static string Digits(double value) => value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Cpu()
    {
        const string key = "model name";
        var line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
