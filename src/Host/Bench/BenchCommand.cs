using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Akka.Configuration;
using MoE.Engine;
using MoE.Http;
using MoE.Kernels;
using MoE.Model;
using MoE.Router;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe bench</c>: how fast a model runs here, in one process or over expert processes on this machine.</summary>
internal static class BenchCommand
{
    private const int MaxNodes = 64;
    private static readonly TimeSpan s_settleInterval = TimeSpan.FromMilliseconds(100);
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().KvCacheType().Threads().LogLevel();
        var prompt = Numbers("--prompt", "-p", "Prompt lengths to read; several with commas, 0 for none", "512");
        var generate = Numbers("--generate", "-n", "Tokens to generate; several with commas, 0 for none", "64");
        var parallel = Numbers("--parallel", "-np", "Sequences to generate at once; several with commas", "1");
        var depth = Numbers("--depth", "-d", "Positions before the generated tokens; several with commas", "1");
        var repetitions = new Option<int>("--repetitions", "-r") { Description = "Timed runs of each test, after two seconds that do not count", DefaultValueFactory = _ => 5 };
        var nodes = new Option<int>("--nodes")
        {
            Description = "Expert processes that share the threads; 0 keeps everything in one process without a cluster",
            DefaultValueFactory = _ => 0,
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command(
            "bench",
            """
            Measure prompt reading and generation. Rows are named as llama-bench names them.

            Examples:
              moe bench --model olmoe.gguf -p 512 -n 64 --parallel 1,8,16
              moe bench --model olmoe.gguf -p 0 -n 32 --depth 1,4096 --kv-cache-type f16
              moe bench --model olmoe.gguf --nodes 2 --threads 2 --json
            """)
        {
            prompt, generate, parallel, depth, repetitions, nodes, json,
        };
        options.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() =>
        {
            var request = new Request(
                Parse("--prompt", result.GetValue(prompt)!, 0), Parse("--generate", result.GetValue(generate)!, 0),
                Parse("--parallel", result.GetValue(parallel)!, 1), Parse("--depth", result.GetValue(depth)!, 1), result.GetValue(repetitions), result.GetValue(nodes), result.GetValue(json));
            if (request.Repetitions < 1)
                throw new ArgumentException($"--repetitions {request.Repetitions}: must be at least 1");
            if (request.Nodes is < 0 or > MaxNodes)
                throw new ArgumentException($"--nodes {request.Nodes}: must be in 0..{MaxNodes}");
            var config = request.Nodes == 0 ? options.Build(result, "local") : options.Build(result, "local", "seed");
            return RunAsync(config, options.Flags(result), request, cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RunAsync(
        Config config, Dictionary<string, string> flags, Request request, CancellationToken cancellationToken)
    {
        using var shutdown = new ShutdownSignal(ignoreInterrupt: false, cancellationToken);
        var report = request.Nodes == 0
            ? await RunLocalAsync(config, request, shutdown.Token).ConfigureAwait(false)
            : await RunClusterAsync(config, flags, request, shutdown.Token).ConfigureAwait(false);
        if (request.Json)
            Console.WriteLine(JsonSerializer.Serialize(report, s_json));
        else
            Show(CommandRunner.OutputConsole(), report);
        return 0;
    }

    private static async Task<BenchReport> RunLocalAsync(Config config, Request request, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var settings = NodeSettings.Read(config);
        using var source = ModelSource.Open(ModelLocator.Find(settings.Model), settings.Type);
        using var pool = new ComputePool(settings.Threads, "compute");
        using var loggers = StderrLoggerFactory.Create(config.GetString(SettingKeys.LogLevel));
        using var factory = new LocalMoELayerFactory(source, pool);
        var engine = EngineFactory.Create(source, pool, factory, config, settings.ModelId, () => EngineReadiness.Always, loggers);
        await using (engine.ConfigureAwait(false))
            return await MeasureAsync(engine, source, settings, clock.Elapsed, request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Further copies of the experts are loaded while the first ones serve; measured is what comes after.</summary>
    private static async Task SettleAsync(IClusterView view, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_settleInterval);
        while ((await view.GetAsync(cancellationToken).ConfigureAwait(false)).RolloutVersion > 0)
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <c>moe up</c>: the experts share the threads, and the front, which waits while they work, has as many.</summary>
    private static async Task<BenchReport> RunClusterAsync(
        Config config, Dictionary<string, string> flags, Request request, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var local = ConfigurationFactory.ParseString($$"""
            {{SettingKeys.MinNodes}} = {{request.Nodes}}
            {{SettingKeys.HttpUrl}} = "http://127.0.0.1:0"
            """);
        var front = await FrontProcess.StartAsync(local.WithFallback(config), coordinate: true, _ => { }).ConfigureAwait(false);
        await using var children = new ExpertChildren(RestartSettings.Never, _ => { }, cancellationToken);
        await using (front.ConfigureAwait(false))
        {
            var address = front.Node.Cluster.SelfAddress;
            flags.Remove(SettingKeys.Threads);
            for (var i = 0; i < request.Nodes; i++)
                children.Start($"{address.Host}:{address.Port}", front.Node.Settings, request.Nodes, flags);
            if (!await LoadingView.ShowAsync(CommandRunner.ErrorConsole(), front, children, cancellationToken).ConfigureAwait(false))
                throw new IOException("an expert process ended before the model was loaded");
            var load = clock.Elapsed;
            await SettleAsync(front.Front.ClusterView, cancellationToken).ConfigureAwait(false);
            var report = await MeasureAsync(
                front.Front.Engine, front.Node.Source, front.Node.Settings, load, request, cancellationToken).ConfigureAwait(false);
            var cluster = await front.Front.ClusterView.GetAsync(cancellationToken).ConfigureAwait(false);
            var copies = cluster.Nodes.Sum(node => node.BytesHeld) - PlacementModel.Of(front.Node.Source).TotalBytes;
            return report with { ResidentBytes = report.ResidentBytes + children.ResidentBytes, WeightBytes = report.WeightBytes + Math.Max(0, copies) };
        }
    }

    private static async Task<BenchReport> MeasureAsync(
        IEngine engine, ModelSource source, NodeSettings settings, TimeSpan load, Request request, CancellationToken cancellationToken)
    {
        request.CheckFits(engine);
        var runner = new BenchRunner(engine, request.Repetitions);
        var results = new List<BenchResult>();
        foreach (var tokens in request.Prompts.Where(tokens => tokens > 0))
            results.Add(await runner.PromptAsync(tokens, cancellationToken).ConfigureAwait(false));
        foreach (var tokens in request.Outputs.Where(tokens => tokens > 0))
        {
            foreach (var (sequences, depth) in request.Parallel.SelectMany(_ => request.Depths, (sequences, depth) => (sequences, depth)))
                results.Add(await runner.GenerateAsync(tokens, sequences, depth, cancellationToken).ConfigureAwait(false));
        }

        using var process = Process.GetCurrentProcess();
        var bytes = source.Tensors.Sum(tensor => tensor.Bytes);
        return new BenchReport(
            source.Config.Name, source.Path, bytes, settings.KvCacheType.Name(), settings.Threads, request.Nodes,
            KernelInfo.Description, load.TotalSeconds, process.WorkingSet64, bytes, engine.Status.KvBytes, results);
    }

    private static void Show(IAnsiConsole console, BenchReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("model", Markup.Escape(report.Model));
        grid.AddRow("size", Bytes.Format(report.Bytes));
        grid.AddRow("kv cache", report.KvCacheType);
        grid.AddRow("threads", string.Create(CultureInfo.InvariantCulture, $"{report.Threads}"));
        grid.AddRow("nodes", report.Nodes == 0 ? "one process" : string.Create(CultureInfo.InvariantCulture, $"{report.Nodes} expert processes and a front"));
        grid.AddRow("kernels", report.Kernels);
        grid.AddRow("loaded in", string.Create(CultureInfo.InvariantCulture, $"{report.LoadSeconds:0.0} s"));
        var beyond = report.ResidentBytes - report.WeightBytes - report.KvBytes;
        grid.AddRow("resident", string.Create(
            CultureInfo.InvariantCulture,
            $"{Bytes.Format(report.ResidentBytes)}: weights {Bytes.Format(report.WeightBytes)}, KV cache {Bytes.Format(report.KvBytes)}, else {Bytes.Format(beyond)} ({(double)beyond / report.WeightBytes:0.0%})"));
        console.Write(grid);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("test");
        foreach (var name in new[] { "tokens/s", "least", "most", "allocated per step" })
            table.AddColumn(name, column => column.RightAligned());
        foreach (var row in report.Results)
        {
            table.AddRow(
                row.Test, Speed(row.Median), Speed(row.Least), Speed(row.Most), Bytes.Format(row.AllocatedBytesPerStep));
        }

        console.Write(table);
    }

    private static string Speed(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static Option<string> Numbers(string name, string alias, string description, string value) =>
        new(name, alias) { Description = description, DefaultValueFactory = _ => value };

    private static int[] Parse(string option, string text, int least)
    {
        var parts = text.Split(',');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < least)
                throw new ArgumentException($"{option} {text}: must be numbers of at least {least}, with commas between them");
        }

        return numbers;
    }

    private sealed record Request(int[] Prompts, int[] Outputs, int[] Parallel, int[] Depths, int Repetitions, int Nodes, bool Json)
    {
        /// <exception cref="ArgumentException">A test is longer than the context or wider than the queue; nothing has been measured yet.</exception>
        public void CheckFits(IEngine engine)
        {
            // Every test generates a first token that does not count.
            var room = engine.MaxModelLength - 1;
            if (Prompts.Where(tokens => tokens > room).ToList() is [var prompt, ..])
                throw new ArgumentException($"--prompt {prompt}: must be at most {room}, the context less one token");
            if (Outputs.Length > 0 && Outputs.Max() is > 0 and var output && (long)Depths.Max() + output > room)
                throw new ArgumentException($"--depth {Depths.Max()} with --generate {output}: together at most {room}, the context less one token");
            if (Parallel.Max() is var parallel && parallel > engine.MaxSequences)
                throw new ArgumentException($"--parallel {parallel}: must be at most {engine.MaxSequences} (moe.engine.max-sequences and moe.engine.max-waiting)");
        }
    }
}
