using System.CommandLine;
using MoE.Host;

var root = new RootCommand("Serves Mixture-of-Experts models from ordinary machines: experts spread over a cluster, an OpenAI-compatible endpoint in front.");
var up = UpCommand.Create();
root.Subcommands.Add(up);
root.Subcommands.Add(SeedCommand.Create());
root.Subcommands.Add(ExpertCommand.Create());
root.Subcommands.Add(FrontCommand.Create());
root.Subcommands.Add(RunCommand.Create());
root.Subcommands.Add(InspectCommand.Create());
root.Subcommands.Add(VerifyCommand.Create());
root.Subcommands.Add(StatusCommand.Create());
root.Subcommands.Add(SynthCommand.Create());
root.Subcommands.Add(BenchCommand.Create());

// Without a command, or with options only, people want to see it run.
var arguments = args.Length == 0 || (args[0].StartsWith('-') && !s_rootOptions.Contains(args[0])) ? ["up", .. args] : args;

var parsed = root.Parse(arguments);
if (UsageError.Of(parsed) is { } mistake)
{
    await Console.Error.WriteLineAsync(mistake);
    return CommandRunner.BadInput;
}

// The commands handle signals themselves: a forced end after two seconds would lose requests that are being drained.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

/// <summary>The entry point; tests find the assembly by it.</summary>
internal sealed partial class Program
{
    private static readonly string[] s_rootOptions = ["--help", "-h", "-?", "--version"];
}
