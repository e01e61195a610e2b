using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace MoE.Host;

/// <summary>What is wrong with a command line, in a line for each mistake, and where its options are listed: a whole help text would hide it.</summary>
internal static class UsageError
{
    /// <returns>The lines, or null for a command line that can be run.</returns>
    public static string? Of(ParseResult parsed)
    {
        if (parsed.Action is not ParseErrorAction)
            return null;
        var command = parsed.CommandResult.Command is RootCommand ? "moe" : $"moe {parsed.CommandResult.Command.Name}";
        // A word that is no command is reported once more as the command that is missing.
        var unmatched = parsed.UnmatchedTokens.Select(token => $"moe: {token}: no such command, option or argument").ToList();
        var lines = unmatched.Count > 0 ? unmatched : parsed.Errors.Select(error => $"moe: {Describe(error)}").Distinct().ToList();
        return string.Join('\n', [.. lines, $"{command} --help lists what there is"]);
    }

    private static string Describe(ParseError error) => error.SymbolResult is OptionResult { Tokens: [{ } value] } result && Kind(result.Option.ValueType) is { } kind
        ? $"{result.Option.Name} {value.Value}: must be {kind}"
        : error.Message.TrimEnd('.');

    private static string? Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var number when number == typeof(int) || number == typeof(long) => "a whole number",
        var number when number == typeof(float) || number == typeof(double) => "a number",
        _ => null,
    };
}
