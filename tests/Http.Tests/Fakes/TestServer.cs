using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace MoE.Http.Tests.Fakes;

/// <summary>The surface on a free port, and a client for it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly FakeEngine _engine;

    private TestServer(WebApplication app, FakeEngine engine, FakeLog log)
    {
        App = app;
        _engine = engine;
        Log = log;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    internal FakeEngine Engine => _engine;

    internal FakeLog Log { get; }

    internal static async Task<TestServer> StartAsync(FakeEngine? engine = null, HttpSettings? settings = null, TimeProvider? time = null)
    {
        engine ??= new FakeEngine();
        var log = new FakeLog();
        var app = MoEHttp.CreateApp((settings ?? new HttpSettings()) with { Url = "http://127.0.0.1:0" }, engine, new FakeCluster(), time, log);
        await app.StartAsync();
        return new TestServer(app, engine, log);
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public Task<HttpResponseMessage> PostAsync(string path, string body) => Client.PostAsync(path, Json(body));

    /// <summary>Posts and expects success.</summary>
    public async Task<JsonNode> AskAsync(string path, string body)
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal(new MediaTypeHeaderValue("application/json"), response.Content.Headers.ContentType);
        return JsonNode.Parse(text)!;
    }

    /// <summary>Posts a streaming request and returns the data of every event.</summary>
    public async Task<List<string>> StreamAsync(string path, string body)
    {
        using var response = await PostAsync(path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..])];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}
