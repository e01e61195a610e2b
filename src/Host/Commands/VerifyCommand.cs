using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MoE.Kernels;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe verify DIR</c>: how far this machine's outputs are from other implementations', and whether that is near enough.</summary>
internal static class VerifyCommand
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Command Create()
    {
        var directory = new Argument<DirectoryInfo>("dir") { Description = "A model directory with reference.json and reference*.safetensors" };
        var json = new Option<bool>("--json") { Description = "Print the rows as JSON" };
        var threads = new Option<int>("--threads", "-t") { Description = "Compute threads; 0 takes all processors" };
        var command = new Command(
            "verify",
            """
            Compare a model's logits, routing, greedy text, tokenizer and chat template with its reference outputs.

            Exit code 0: everything within its bound; 1: something is not, or nothing could be compared; 2: no reference to compare with.

            Examples:
              moe verify tests/fixtures/olmoe
              moe verify ./model --json
            """)
        {
            directory, json, threads,
        };
        command.SetAction((result, _) => CommandRunner.RunAsync(
            () => Task.FromResult(Run(result.GetValue(directory)!.FullName, result.GetValue(threads), result.GetValue(json)))));
        return command;
    }

    private static int Run(string directory, int threads, bool json)
    {
        if (threads is < 0 or > NodeSettings.MaxThreads)
            throw new ArgumentException($"--threads {threads}: must be 0 to {NodeSettings.MaxThreads}");
        using var pool = new ComputePool(NodeSettings.ThreadsOf(threads), "compute");
        var rows = json
            ? Verification.Run(directory, pool, _ => { })
            : CommandRunner.ErrorConsole().Status().Start(
                "verifying…", status => Verification.Run(directory, pool, what => status.Status(Markup.Escape($"verifying {what}…"))));
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(rows, s_json));
        else
            Show(CommandRunner.OutputConsole(), rows);
        return rows.Any(row => row.Outcome == VerifyOutcome.Fail) || rows.All(row => row.Outcome == VerifyOutcome.Skipped)
            ? CommandRunner.Failed
            : 0;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<VerifyRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("path", "check", "largest", "bound", "", "note");
        foreach (var row in rows)
        {
            table.AddRow(
                Markup.Escape(row.Path), Markup.Escape(row.Check), row.Outcome == VerifyOutcome.Fail && double.IsNaN(row.Largest) ? "NaN" : Number(row.Largest), Number(row.Bound),
                row.Outcome switch
                {
                    VerifyOutcome.Pass => "[green]pass[/]",
                    VerifyOutcome.Fail => "[red bold]FAIL[/]",
                    _ => "[yellow]skipped[/]",
                },
                Markup.Escape(row.Note));
        }

        console.Write(table);
        var failed = rows.Count(row => row.Outcome == VerifyOutcome.Fail);
        var skipped = rows.Count(row => row.Outcome == VerifyOutcome.Skipped);
        console.MarkupLineInterpolated($"{rows.Count - failed - skipped} passed, {failed} failed, {skipped} skipped");
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "–" : value == Math.Floor(value) && Math.Abs(value) < 1e6
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
