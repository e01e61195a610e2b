using System.CommandLine;

namespace MoE.Host;

/// <summary><c>moe seed</c>: cluster seed, placement coordinator and HTTP front.</summary>
internal static class SeedCommand
{
    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().KvCacheType().Threads().Http().ApiKey().Host().Port().LanePort()
            .Seeds("--join", "host:port of another seed, to join its cluster")
            .Memory().MinNodes().LogLevel().ShutdownTimeout();
        var command = new Command(
            "seed",
            """
            Start a cluster: seed, placement coordinator and HTTP front.

            Examples:
              moe seed --host 10.0.0.1 --model olmoe.gguf --http http://0.0.0.0:8080 --min-nodes 3
              moe expert --seed 10.0.0.1:4053 --host 10.0.0.2 --model olmoe.gguf     (on each other machine)
            """);
        options.AddTo(command);
        command.SetAction((result, cancellationToken) =>
            CommandRunner.RunAsync(() => FrontRunner.RunAsync(options.Build(result, "seed"), coordinate: true, cancellationToken)));
        return command;
    }
}
