using System.CommandLine;
using System.Net;
using System.Text.Json;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe status</c>: a running cluster's nodes, what they hold and what they did.</summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The HTTP front", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var apiKey = new Option<string?>("--api-key") { Description = "Key of the front, if it asks for one (or MOE_API_KEY)" };
        var json = new Option<bool>("--json") { Description = "Print the front's answer as it is" };
        var command = new Command("status", "Show a running cluster's nodes, the experts they hold and their load.") { url, apiKey, json };
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            result.GetValue(url)!, result.GetValue(apiKey) ?? Environment.GetEnvironmentVariable("MOE_API_KEY"), result.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string url, string? apiKey, bool json, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var front) || (front.Scheme != Uri.UriSchemeHttp && front.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"--url {url}: must be like http://127.0.0.1:8080");
        var text = await GetAsync(new Uri(front, "/cluster"), url, apiKey, cancellationToken).ConfigureAwait(false);
        if (json)
        {
            Console.WriteLine(text);
            return 0;
        }

        var cluster = Parse(text) ?? throw new HttpRequestException($"--url {url}: /cluster answers something else than a cluster; is it a front of moe?");
        Show(CommandRunner.OutputConsole(), cluster);
        return cluster.MissingCount == 0 ? 0 : CommandRunner.Failed;
    }

    /// <exception cref="HttpRequestException">Nobody answers, or not with the cluster; the message names the address.</exception>
    private static async Task<string> GetAsync(Uri address, string url, string? apiKey, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        if (apiKey is { Length: > 0 } && !client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {apiKey}"))
            throw new ArgumentException("--api-key: has a character that no header can carry");
        HttpResponseMessage response;
        try
        {
            response = await client.GetAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException failure)
        {
            throw new HttpRequestException($"--url {url}: no front answers there: {failure.GetBaseException().Message}", failure);
        }

        using (response)
        {
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                throw new HttpRequestException($"--url {url}: the front asks for a key: --api-key, or MOE_API_KEY");
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"--url {url}: /cluster answers {(int)response.StatusCode}; is it a front of moe?");
            return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static Answer? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Answer>(text, s_json) is { Nodes: not null, Fronts: not null } answer ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Show(IAnsiConsole console, Answer cluster)
    {
        console.MarkupLineInterpolated($"[bold]{cluster.Model}[/], placement {cluster.PlacementVersion}, {cluster.Fronts.Count} front(s)");
        var table = new Table().AddColumns("node", "state", "experts", "held", "budget", "threads", "speed", "share", "rows", "dispatches", "queue", "reachable");
        foreach (var node in cluster.Nodes)
        {
            table.AddRow(
                Markup.Escape(node.Id), node.State, $"{node.ExpertsHeld}", Bytes.Format(node.BytesHeld), Bytes.Format(node.MemoryBudgetBytes),
                $"{node.Threads}", node.ComputeBytesPerSecond > 0 ? $"{Bytes.Format(node.ComputeBytesPerSecond)}/s" : "-", $"{node.Share:0%}", $"{node.RowsComputed}", $"{node.DispatchesServed}", $"{node.QueueLength}", node.Reachable ? "yes" : "[red]no[/]");
        }

        console.Write(table);
        foreach (var node in cluster.Nodes)
        {
            if (node.Fetched is { } fetched)
                console.MarkupLineInterpolated($"{node.Id} {Describe(fetched)}");
        }

        foreach (var node in cluster.Nodes.Where(node => node.Quarantine is not null))
            console.MarkupLineInterpolated($"[red]{node.Id} is quarantined until it restarts: {node.Quarantine}[/]");
        foreach (var node in cluster.Nodes.Where(node => node.LoadError is not null))
            console.MarkupLineInterpolated($"[red]{node.Id} could not load its experts, {node.LoadFailures} times in a row, and tries again: {node.LoadError}[/]");
        if (cluster.Replicated > 0)
            console.MarkupLineInterpolated($"{cluster.Replicated} experts have more than one copy");
        if (cluster.BelowFloor > 0)
            console.MarkupLineInterpolated($"[yellow]{cluster.BelowFloor} experts have fewer copies than moe.placement.replicas[/]");
        if (cluster.RolloutVersion > 0)
            console.MarkupLineInterpolated($"placement {cluster.RolloutVersion} is on its way");
        if (cluster.MissingCount > 0)
            console.MarkupLineInterpolated($"[red]{cluster.MissingCount} experts have no live owner[/]");
        if (cluster.NotReady is { } reason)
            console.MarkupLineInterpolated($"[red]{reason}[/]");
    }

    private static string Describe(FetchedRow fetched)
    {
        var speed = fetched.Seconds > 0 ? $" in {fetched.Seconds:0.##} s, {Bytes.Format((long)(fetched.Bytes / fetched.Seconds))}/s" : "";
        var sources = string.Join(", ", fetched.Sources.Select(source => $"{Bytes.Format(source.Bytes)} from {source.Peer}"));
        return $"fetched {Bytes.Format(fetched.Bytes)}{speed}{(sources.Length > 0 ? $": {sources}" : "")}; "
            + $"{Bytes.Format(fetched.CachedBytes)} from its cache; {fetched.Resumed} resumed, {fetched.WrongDigests} with a wrong SHA-256";
    }

    private sealed record Answer(
        string Model, long PlacementVersion, IReadOnlyList<NodeRow> Nodes, IReadOnlyList<string> Fronts, int MissingCount,
        int Replicated, int BelowFloor, long RolloutVersion, string? NotReady);

    private sealed record NodeRow(
        string Id, string State, int ExpertsHeld, long BytesHeld, long MemoryBudgetBytes, int Threads,
        long ComputeBytesPerSecond, double Share, long RowsComputed, long DispatchesServed, int QueueLength, bool Reachable, string? Quarantine,
        FetchedRow? Fetched, string? LoadError, int LoadFailures);

    private sealed record FetchedRow(
        long Bytes, double Seconds, long CachedBytes, long Resumed, long WrongDigests, IReadOnlyList<SourceRow> Sources);

    private sealed record SourceRow(string Peer, long Bytes);
}
