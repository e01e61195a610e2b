using System.Globalization;
using System.Text.Json;

namespace MoE.Benchmarks.Peers;

/// <summary><c>moe bench</c> as a process of its own.</summary>
internal static class Moe
{
    public static async Task<IReadOnlyDictionary<string, double>> RunAsync(
        Settings settings, IReadOnlyList<int> parallel, int nodes, CancellationToken cancellationToken)
    {
        var arguments = new List<string>();
        var file = settings.Moe;
        if (file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        {
            arguments.Add(file);
            file = "dotnet";
        }

        arguments.AddRange(
        [
            "bench", "--json", "--model", settings.Model, "-t", Text(settings.Threads), "-p", Text(settings.Prompt),
            "-n", Text(settings.Generate), "--parallel", "1," + string.Join(',', parallel), "-r", "2", "--nodes", Text(nodes),
        ]);
        var json = JsonDocument.Parse(await ChildProcess.RunAsync(file, arguments, cancellationToken).ConfigureAwait(false));
        return json.RootElement.GetProperty("results").EnumerateArray().ToDictionary(
            row => row.GetProperty("test").GetString()!, row => row.GetProperty("median").GetDouble());
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
