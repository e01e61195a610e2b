using System.CommandLine;
using Akka.Configuration;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe up</c>: a cluster on this machine, one seed and front process and some expert processes.</summary>
internal static class UpCommand
{
    private const int DefaultNodes = 2;
    private const int MaxNodes = 64;

    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().KvCacheType().Threads().Http().ApiKey().LogLevel().ShutdownTimeout();
        var nodes = new Option<int>("--nodes", "-n")
        {
            Description = "Expert processes; 0 keeps the experts in the front's process",
            DefaultValueFactory = _ => DefaultNodes,
        };
        var command = new Command(
            "up",
            """
            Start a cluster on this machine and serve it over HTTP. The default command.

            Examples:
              moe up
              moe up --model qwen3-30b-a3b-q4_k_m.gguf --nodes 3 --http http://127.0.0.1:9000
            """);
        options.AddTo(command);
        command.Options.Add(nodes);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() =>
        {
            var count = result.GetValue(nodes);
            if (count is < 0 or > MaxNodes)
                throw new ConfigurationException($"--nodes {count}: must be in 0..{MaxNodes}");
            return RunAsync(Configure(options, result, count), options.Flags(result), count, cancellationToken);
        }));
        return command;
    }

    private static Config Configure(CommonOptions options, System.CommandLine.ParseResult result, int nodes)
    {
        var local = ConfigurationFactory.ParseString(nodes == 0
            ? $"{SettingKeys.MemoryBudget} = auto"
            : $"{SettingKeys.MinNodes} = {nodes}");
        return local.WithFallback(options.Build(result, "local", "seed"));
    }

    private static async Task<int> RunAsync(
        Config config, IReadOnlyDictionary<string, string> flags, int nodes, CancellationToken cancellationToken)
    {
        using var shutdown = new ShutdownSignal(ignoreInterrupt: false, cancellationToken);
        var console = CommandRunner.ErrorConsole();
        var restarts = RestartSettings.Read(config);
        var front = await FrontProcess.StartAsync(config, coordinate: true, _ => { }).ConfigureAwait(false);
        await using var children = new ExpertChildren(
            restarts, line => console.MarkupLineInterpolated($"[yellow]{line}[/]"), shutdown.Token);
        await using (front.ConfigureAwait(false))
        {
            var address = front.Node.Cluster.SelfAddress;
            for (var i = 0; i < nodes; i++)
                children.Start($"{address.Host}:{address.Port}", front.Node.Settings, nodes, flags);
            var ready = await LoadingView.ShowAsync(console, front, children, shutdown.Token).ConfigureAwait(false);
            if (!ready)
                return shutdown.Token.IsCancellationRequested ? 0 : CommandRunner.Failed;
            Welcome(console, front, nodes);
            await Task.WhenAny(shutdown.WaitAsync(), children.AnyLost).ConfigureAwait(false);
            if (!shutdown.Token.IsCancellationRequested)
            {
                console.MarkupLine(nodes > 1
                    ? "[yellow]the other expert processes load what it held and serve on[/]"
                    : "[red]nothing is left to serve with: stop with Ctrl-C and start again[/]");
                await shutdown.WaitAsync().ConfigureAwait(false);
            }

            console.MarkupLine("[dim]stopping: running requests may end[/]");
        }

        return 0;
    }

    private static void Welcome(IAnsiConsole console, FrontProcess front, int nodes)
    {
        var url = front.Url;
        console.MarkupLineInterpolated(
            $"[bold green]ready[/]  {front.Front.Engine.ModelId} from {1 + nodes} {(nodes == 0 ? "process" : "processes")}: one front, {nodes} expert {(nodes == 1 ? "node" : "nodes")}");
        console.MarkupLineInterpolated($"chat   [link]{url}[/]");
        // Not through the console, which would break the line where the terminal ends, and with it what people copy.
        console.Profile.Out.Writer.WriteLine(
            $"curl   curl {url}/v1/chat/completions -H 'Content-Type: application/json' "
            + "-d '{\"messages\":[{\"role\":\"user\",\"content\":\"Write like Shakespeare.\"}],\"max_tokens\":60}'");
        console.MarkupLine("stop   Ctrl-C");
    }
}
