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
        var process = await FrontProcess.StartAsync(config, coordinate, Observe).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            var address = process.Node.Cluster.SelfAddress;
            console.MarkupLineInterpolated($"[bold]{process.Front.Engine.ModelId}[/] on [link]{process.Url}[/], cluster at {address.Host}:{address.Port}");
            if (coordinate)
                console.MarkupLineInterpolated($"[dim]experts join with: moe expert --seed {address.Host}:{address.Port} --model {process.Node.Settings.Model}[/]");
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
                case FrontPlacementAdopted adopted:
                    console.MarkupLineInterpolated($"[dim]placement {adopted.Version} in force[/]");
                    break;
                case ExpertNodeStateChanged changed:
                    console.MarkupLineInterpolated($"[dim]{changed.Message}[/]");
                    break;
                default:
                    break;
            }
        }
    }
}
