using Akka.Configuration;
using MoE.Model;
using Spectre.Console;

namespace MoE.Host;

/// <summary>Runs a command's body; a mistake of the user's ends in one line on stderr, never in a stack trace.</summary>
internal static class CommandRunner
{
    public const int Failed = 1;
    public const int BadInput = 2;

    public static async Task<int> RunAsync(Func<Task<int>> body)
    {
        try
        {
            return await body().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUsers(exception))
        {
            await Console.Error.WriteLineAsync($"moe: {FirstLine(exception)}").ConfigureAwait(false);
            return BadInput;
        }
    }

    /// <summary>A console that writes to stderr: progress and notes, so that stdout stays for results.</summary>
    public static IAnsiConsole ErrorConsole() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    private static bool IsUsers(Exception exception) => exception
        is ModelFormatException or ConfigurationException or IOException or ArgumentException or UnauthorizedAccessException or HttpRequestException;

    private static string FirstLine(Exception exception) => exception.Message.Split('\n', 2)[0].TrimEnd();
}
