using System.CommandLine;
using Akka.Configuration;

namespace MoE.Host;

/// <summary><c>moe front</c>: a further HTTP front.</summary>
internal static class FrontCommand
{
    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().KvCacheType().Threads().Http().ApiKey().Host().Port().LanePort()
            .Seeds("--seed", "host:port of the cluster's seed; several with commas")
            .Memory().LogLevel().ShutdownTimeout();
        var command = new Command(
            "front",
            """
            Join a cluster as a further HTTP front.

            Example:
              moe front --seed 10.0.0.1:4053 --host 10.0.0.5 --model olmoe.gguf --http http://0.0.0.0:8080
            """);
        options.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() =>
        {
            var config = options.Build(result, "front");
            SeedRequired.Check(config);
            return FrontRunner.RunAsync(config, coordinate: false, cancellationToken);
        }));
        return command;
    }
}

/// <summary>A role that joins a cluster needs to be told of one.</summary>
internal static class SeedRequired
{
    /// <exception cref="ConfigurationException">No seed is configured.</exception>
    public static void Check(Config config)
    {
        if (config.GetStringList(SettingKeys.Seeds).Count == 0)
            throw new ConfigurationException($"--seed host:port (or MOE_SEEDS, or {SettingKeys.Seeds}) is missing: the address of a running 'moe seed'");
    }
}
