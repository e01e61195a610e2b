using System.CommandLine;
using Akka.Configuration;
using MoE.ExpertActors;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe expert</c>: a node that holds experts.</summary>
internal static class ExpertCommand
{
    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().Threads().Host().Port().LanePort()
            .Seeds("--seed", "host:port of the cluster's seed; several with commas")
            .Memory().LogLevel().ShutdownTimeout();
        var managed = new Option<bool>("--managed") { Description = "Started by 'moe up': ends when standard input does", Hidden = true };
        var command = new Command(
            "expert",
            """
            Join a cluster and hold experts. SIGTERM or Ctrl-C hands them to other nodes before the process ends.

            Examples:
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.2 --model olmoe.gguf
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.3 --model olmoe.gguf --memory 8G --threads 8
            """);
        options.AddTo(command);
        command.Options.Add(managed);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() =>
        {
            var config = options.Build(result, "expert");
            SeedRequired.Check(config);
            return RunAsync(config, result.GetValue(managed), cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RunAsync(Config config, bool managed, CancellationToken cancellationToken)
    {
        using var shutdown = new ShutdownSignal(ignoreInterrupt: managed, cancellationToken);
        var console = CommandRunner.ErrorConsole();
        var process = ExpertProcess.Start(config, message =>
        {
            if (message is ExpertNodeStateChanged changed && !managed)
                console.MarkupLineInterpolated($"[dim]{changed.Message}[/]");
        });
        await using (process.ConfigureAwait(false))
        {
            if (!managed)
                console.MarkupLineInterpolated($"[bold]{process.Node.Id.Value}[/] joins {string.Join(", ", config.GetStringList(SettingKeys.Seeds))}");
            var parentGone = managed ? ParentGoneAsync() : Task.Delay(Timeout.Infinite, CancellationToken.None);
            var ended = await Task.WhenAny(shutdown.WaitAsync(), process.Refused, parentGone).ConfigureAwait(false);
            if (ended == process.Refused)
            {
                await Console.Error.WriteLineAsync($"moe: refused by the cluster: {await process.Refused.ConfigureAwait(false)}").ConfigureAwait(false);
                return CommandRunner.Failed;
            }

            if (ended != parentGone && !await process.DrainAsync().ConfigureAwait(false))
                console.MarkupLine("[yellow]no other node could take the experts in time (moe.shutdown-timeout)[/]");
        }

        return 0;
    }

    /// <summary>The parent holds the other end of standard input: it closes however the parent ends.</summary>
    private static async Task ParentGoneAsync()
    {
        var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
        }
    }
}
