using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace MoE.Faults;

/// <summary>One front's HTTP address, as a client sees it.</summary>
internal sealed class FrontClient(string url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = Timeout.InfiniteTimeSpan };

    public string Url => url;

    /// <summary>The front of a process, as soon as it listens.</summary>
    public static async Task<FrontClient> OfAsync(MoEProcess process) =>
        new((await process.LineAsync(@" on (?<url>http://[0-9.:]+), cluster at ")).Groups["url"].Value);

    /// <summary>Streams one greedy completion to its end.</summary>
    public Task<StreamedAnswer> StreamAsync(Prompt prompt, StreamWatch watch, CancellationToken cancellation = default) =>
        CompletionStreamReader.RunAsync(_http, prompt, watch, cancellation);

    /// <summary>A greedy completion in one piece.</summary>
    public async Task<HttpResponseMessage> CompleteAsync(Prompt prompt, CancellationToken cancellation = default) =>
        await _http.PostAsJsonAsync("/v1/completions", prompt.Body(stream: false), cancellation);

    /// <summary>The status and the body's text of a state route.</summary>
    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string route)
    {
        using var patience = new CancellationTokenSource(FaultCluster.Patience);
        using var answer = await _http.GetAsync(new Uri(route, UriKind.Relative), patience.Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(patience.Token));
    }

    /// <summary>A metric's value, over all of its labels.</summary>
    public async Task<double> MetricAsync(string name) => (await GetAsync("/metrics")).Text
        .Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    public async Task<ClusterState> StateAsync() => new(JsonNode.Parse((await GetAsync("/cluster")).Text)!);

    /// <summary>Waits until <c>/health</c> says 200.</summary>
    public Task HealthyAsync() => Until.TrueAsync(
        async () => await GetAsync("/health") is { Status: HttpStatusCode.OK },
        async () => $"/health: {await GetAsync("/health")}");

    /// <summary>Waits until <c>/health</c> says 503.</summary>
    /// <returns>Its reason.</returns>
    public async Task<string> UnhealthyAsync()
    {
        var text = "";
        await Until.TrueAsync(
            async () =>
            {
                (var status, text) = await GetAsync("/health");
                return status == HttpStatusCode.ServiceUnavailable;
            },
            () => Task.FromResult($"/health: {text}"));
        return text;
    }

    /// <summary>Waits until <c>/health</c> says that the front was cut off; it lives, and refuses requests.</summary>
    public async Task CutOffAsync()
    {
        await UntilTextAsync("/health", "cut off");
        Contract.Holds(await GetAsync("/livez") is { Status: HttpStatusCode.OK }, "/livez stays 200");
        using var refused = await CompleteAsync(Prompt.Several(1, 4)[0]);
        Contract.Holds(refused.StatusCode == HttpStatusCode.ServiceUnavailable, $"a request gets 503: {refused}");
        Contract.Holds(refused.Headers.RetryAfter is not null, $"with Retry-After: {refused}");
    }

    /// <summary>Waits for a right answer; until then there are errors, but none that is wrong.</summary>
    public Task AnswersAsync(Prompt prompt, References references)
    {
        StreamedAnswer? answer = null;
        return Until.TrueAsync(
            async () =>
            {
                answer = await StreamAsync(prompt, new StreamWatch());
                Contract.Holds(!answer.Lost && !answer.IsWrong(references.Of(prompt)), $"an answer is right or an error: {answer}");
                return answer.Complete;
            },
            () => Task.FromResult($"{url}: {answer?.Error}"));
    }

    /// <summary>Waits until a state route's answer contains a text.</summary>
    public Task UntilTextAsync(string route, string text) => Until.TrueAsync(
        async () => (await GetAsync(route)).Text.Contains(text, StringComparison.Ordinal),
        async () => $"{route} without '{text}': {await GetAsync(route)}");

    /// <summary>Waits for a state of the cluster.</summary>
    public Task UntilAsync(Func<ClusterState, bool> condition) => Until.TrueAsync(
        async () => condition(await StateAsync()),
        async () => $"/cluster: {await StateAsync()}");

    public void Dispose() => _http.Dispose();
}
