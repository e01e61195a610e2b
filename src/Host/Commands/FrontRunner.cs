using Akka.Configuration;
using MoE.ExpertActors;
using MoE.Router;
using Spectre.Console;

namespace MoE.Host;

/// <summary>Runs a seed or a front until it is told to stop.</summary>
internal static class FrontRunner
{
    public static async Task<int> RunAsync(Config config, bool coordinate, CancellationToken cancellationToken)
    {
        using var shutdown = new ShutdownSignal(ignoreInterrupt: false, cancellationToken);
        var console = CommandRunner.ErrorConsole();
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var news = new News(console);
        var process = await FrontProcess.StartAsync(config, coordinate, Observe).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            var address = process.Node.Cluster.SelfAddress;
            console.MarkupLineInterpolated($"[bold]{process.Front.Engine.ModelId}[/] on [link]{process.Url}[/], cluster at {address.Host}:{address.Port}");
            if (coordinate)
                console.MarkupLineInterpolated($"[dim]experts join with: moe expert --seed {address.Host}:{address.Port} --model {process.Node.Settings.Model}[/]");
            news.Begin();
            if (await Task.WhenAny(shutdown.WaitAsync(), refused.Task).ConfigureAwait(false) == refused.Task)
            {
                await Console.Error.WriteLineAsync($"moe: refused by the cluster: {await refused.Task.ConfigureAwait(false)}").ConfigureAwait(false);
                return CommandRunner.Failed;
            }

            console.MarkupLine("[dim]stopping: running requests may end[/]");
        }

        return 0;

        void Observe(object message)
        {
            switch (message)
            {
                case FrontRefused front:
                    refused.TrySetResult(front.Message);
                    break;
                case FrontPending pending:
                    news.Say(pending.Reason);
                    break;
                case FrontPlacementAdopted adopted:
                    news.Say($"placement {adopted.Version} in force");
                    break;
                case ExpertNodeStateChanged changed:
                    news.Say(changed.Message);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>What happens while the process runs; what happens before it has said where it listens comes after that.</summary>
    private sealed class News(IAnsiConsole console)
    {
        private readonly Lock _lock = new();
        private List<string>? _early = [];

        public void Say(string line)
        {
            lock (_lock)
            {
                if (_early is { } early)
                    early.Add(line);
                else
                    console.MarkupLineInterpolated($"[dim]{line}[/]");
            }
        }

        public void Begin()
        {
            lock (_lock)
            {
                var early = _early ?? [];
                _early = null;
                early.ForEach(Say);
            }
        }
    }
}
