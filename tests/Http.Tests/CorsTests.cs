using System.Net;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class CorsTests
{
    private const string Allowed = "https://chat.example.org";

    [Theory]
    [InlineData("http://evil.com")]
    [InlineData("http://localhost.evil.com")]
    [InlineData("http://localhost")]
    [InlineData("null")]
    public async Task Origin_ByDefault_GetsNothing(string origin)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await AskAsync(server, HttpMethod.Get, origin);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        using var preflight = await AskAsync(server, HttpMethod.Options, origin);
        Assert.DoesNotContain(preflight.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(Allowed, true)]
    [InlineData("http://chat.example.org", false)]
    [InlineData("https://chat.example.org.evil.com", false)]
    [InlineData("https://evil.com", false)]
    [InlineData("null", false)]
    public async Task Origin_OnTheList_IsAllowedAlone(string origin, bool allowed)
    {
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { CorsOrigins = [Allowed], ApiKeys = ["key"] });
        using var preflight = await AskAsync(server, HttpMethod.Options, origin);
        Assert.Equal(allowed ? [origin] : [], Origins(preflight));
        using var response = await AskAsync(server, HttpMethod.Get, origin);
        // A page may read its own error too.
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(allowed ? [origin] : [], Origins(response));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    private static IEnumerable<string> Origins(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values : [];

    private static Task<HttpResponseMessage> AskAsync(TestServer server, HttpMethod method, string origin)
    {
        var request = new HttpRequestMessage(method, "/v1/models");
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (method == HttpMethod.Options)
            request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "GET");
        return server.Client.SendAsync(request);
    }
}
