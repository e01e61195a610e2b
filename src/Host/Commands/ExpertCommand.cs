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
            .Memory().Cache().LogLevel().ShutdownTimeout();
        var fromPeers = new Option<bool>("--model-from-peers") { Description = "No model file here: fetch this node's experts from the other nodes" };
        var managed = new Option<bool>("--managed") { Description = "Started by 'moe up': ends when standard input does", Hidden = true };
        var command = new Command(
            "expert",
            """
            Join a cluster and hold experts. SIGTERM or Ctrl-C hands them to other nodes before the process ends.

            Examples:
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.2 --model olmoe.gguf
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.3 --model olmoe.gguf --memory 8G --threads 8
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.4 --model-from-peers --cache /var/cache/moe
            """);
        options.AddTo(command);
        command.Options.Add(fromPeers);
        command.Options.Add(managed);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() =>
        {
            var config = options.Build(result, "expert");
            if (result.GetValue(fromPeers))
                config = FromPeers(config, options.Flags(result));
            SeedRequired.Check(config);
            return RunAsync(config, result.GetValue(managed), cancellationToken);
        }));
        return command;
    }

    private static Config FromPeers(Config config, Dictionary<string, string> flags)
    {
        foreach (var (key, option) in new[] { (SettingKeys.Model, "--model"), (SettingKeys.Type, "--type") })
        {
            if (flags.TryGetValue(key, out var value))
                throw new ConfigurationException($"{option} {value}: not with --model-from-peers, which takes the cluster's model as it is");
        }

        return ConfigurationFactory.ParseString($"{SettingKeys.FromPeers} = on").WithFallback(config);
    }

    private static async Task<int> RunAsync(Config config, bool managed, CancellationToken cancellationToken)
    {
        using var shutdown = new ShutdownSignal(ignoreInterrupt: managed, cancellationToken);
        var console = CommandRunner.ErrorConsole();
        var percent = -1L;
        var process = await ExpertProcess.StartAsync(config, message =>
        {
            if (message is ExpertNodeStateChanged changed && !managed)
                console.MarkupLineInterpolated($"[dim]{changed.Message}[/]");
            else if (message is ExpertNodeFetching { Total: > 0 } fetching && percent != (percent = fetching.Bytes * 10 / fetching.Total * 10))
                console.MarkupLineInterpolated($"[dim]{Bytes.Format(fetching.Bytes)} of {Bytes.Format(fetching.Total)} of experts are here ({percent} %)[/]");
        }).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            if (!managed)
                console.MarkupLineInterpolated($"[bold]{process.Node.Id.Value}[/] joins {string.Join(", ", config.GetStringList(SettingKeys.Seeds))}");
            var parentGone = managed ? ParentGoneAsync() : Task.Delay(Timeout.Infinite, CancellationToken.None);
            var ended = await Task.WhenAny(shutdown.WaitAsync(), process.GivenUp, parentGone).ConfigureAwait(false);
            if (ended == process.GivenUp)
            {
                await Console.Error.WriteLineAsync($"moe: {await process.GivenUp.ConfigureAwait(false)}").ConfigureAwait(false);
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
