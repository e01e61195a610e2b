using MoE.Kernels;
using Spectre.Console;

namespace MoE.Host;

/// <summary>Runs a command's body; a mistake of the user's ends in one line on stderr, never in a stack trace.</summary>
internal static class CommandRunner
{
    private const int RedirectedWidth = 4096;

    public const int Failed = 1;
    public const int BadInput = 2;

    public static async Task<int> RunAsync(Func<Task<int>> body)
    {
        try
        {
            KernelInfo.Check();
            return await body().ConfigureAwait(false);
        }
        catch (Exception exception) when (UsersMistake.In(exception) is not null)
        {
            await Console.Error.WriteLineAsync($"moe: {UsersMistake.In(exception)}").ConfigureAwait(false);
            return BadInput;
        }
    }

    /// <summary>A console that writes to stderr: progress and notes, so that stdout stays for results.</summary>
    public static IAnsiConsole ErrorConsole() => Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>What the command prints.</summary>
    public static IAnsiConsole OutputConsole() => Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>A file or a pipe has no width to wrap at.</summary>
    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
            console.Profile.Width = RedirectedWidth;
        return console;
    }
}
