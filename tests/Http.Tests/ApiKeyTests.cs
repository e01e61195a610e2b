using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class ApiKeyTests
{
    private static readonly HttpSettings _settings = new() { ApiKeys = ["first-key", "sécond"] };
    private static readonly string[] _open = ["/health", "/livez", "/", "/page/api.js", "/page/chat.js", "/page/cluster.js", "/page/experts.js", "/page/style.css", "/page/icon.svg"];

    [Fact]
    public async Task EveryRoute_WithoutAKey_Is401ExceptTheOpenOnes()
    {
        await using var server = await TestServer.StartAsync(settings: _settings);
        var routes = Routes(server);
        // A new route must be entered here, and so be decided on.
        Assert.Equal(Closed.Concat(_open).Order(StringComparer.Ordinal), routes.Select(route => route.Path).Distinct().Order(StringComparer.Ordinal));
        foreach (var (method, path) in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await server.Client.SendAsync(request);
            if (_open.Contains(path))
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            else if (method == "HEAD")
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            else
                Assert.Equal("authentication_error", (string?)(await ErrorCheck.IsErrorAsync(response, HttpStatusCode.Unauthorized))["type"]);
        }

        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task EveryRoute_WithAKey_IsNot401()
    {
        await using var server = await TestServer.StartAsync(settings: _settings);
        foreach (var (method, path) in Routes(server))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "first-key");
            using var response = await server.Client.SendAsync(request);
            Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.True((int)response.StatusCode < 500, $"{method} {path}: {response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("Authorization", "Bearer first-key", true)]
    [InlineData("Authorization", "bearer first-key", true)]
    [InlineData("X-Api-Key", "first-key", true)]
    [InlineData("api-key", "first-key", true)]
    [InlineData("Authorization", "Bearer first-ke", false)]
    [InlineData("Authorization", "Bearer first-key2", false)]
    [InlineData("Authorization", "Bearer FIRST-KEY", false)]
    [InlineData("Authorization", "Bearer ", false)]
    [InlineData("Authorization", "Basic first-key", false)]
    [InlineData("Authorization", "first-key", false)]
    [InlineData("X-Api-Key", "", false)]
    [InlineData("Cookie", "first-key", false)]
    public async Task Key_InAHeader_OpensOnlyWhenItIsRight(string header, string value, bool opens)
    {
        await using var server = await TestServer.StartAsync(settings: _settings);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await server.Client.SendAsync(request);
        if (opens)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return;
        }

        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.Unauthorized);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("GET //v1/models HTTP/1.1")]
    [InlineData("GET /V1/MODELS HTTP/1.1")]
    [InlineData("GET /v1/../v1/models HTTP/1.1")]
    [InlineData("GET /health/../v1/models HTTP/1.1")]
    [InlineData("GET /health/%2e%2e/v1/models HTTP/1.1")]
    [InlineData("GET /health/..%2fv1/models HTTP/1.1")]
    [InlineData("GET /page/../v1/models HTTP/1.1")]
    [InlineData("GET /v1/models/ HTTP/1.1")]
    [InlineData("GET /v1/models?/health HTTP/1.1")]
    [InlineData("GET /v1/models;/health HTTP/1.1")]
    [InlineData("GET /v1/models/%00 HTTP/1.1")]
    [InlineData("GET /health/x HTTP/1.1")]
    [InlineData("GET /openai/v1/models HTTP/1.1")]
    [InlineData("GET http://localhost/v1/models HTTP/1.1")]
    [InlineData("GET http://evil.com/v1/models HTTP/1.1")]
    [InlineData("OPTIONS * HTTP/1.1")]
    [InlineData("CONNECT evil.com:80 HTTP/1.1")]
    [InlineData("get /v1/models HTTP/1.1")]
    [InlineData("GET /v1/models HTTP/1.1\r\nX-Original-URL: /health\r\nX-Forwarded-Prefix: /health")]
    public async Task Path_AnySpelling_NeedsTheKey(string requestLine)
    {
        await using var server = await TestServer.StartAsync(settings: _settings);
        var (status, text) = await RawClient.AskAsync(server.Address, requestLine);
        // 400 is Kestrel's own for what is no HTTP request at all.
        Assert.True(status is 401 or 400, text);
        Assert.DoesNotContain("test-model", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET //v1/models HTTP/1.1", 404)]
    [InlineData("GET /V1/MODELS HTTP/1.1", 200)]
    [InlineData("GET /v1/../v1/models HTTP/1.1", 200)]
    [InlineData("GET http://AUTHORITY/v1/models HTTP/1.1", 200)]
    [InlineData("GET http://evil.com/v1/models HTTP/1.1", 400)]
    [InlineData("GET /v1/models/ HTTP/1.1", 200)]
    [InlineData("GET /v1/models/%00 HTTP/1.1", 400)]
    [InlineData("GET /page/..%2f..%2fetc/passwd HTTP/1.1", 404)]
    public async Task Path_AnySpelling_IsAnsweredWithoutA5xx(string requestLine, int expected)
    {
        await using var server = await TestServer.StartAsync();
        var (status, text) = await RawClient.AskAsync(server.Address, requestLine.Replace("AUTHORITY", server.Address.Authority, StringComparison.Ordinal));
        Assert.True(expected == status, text);
    }

    private static HashSet<string> Closed =>
    [
        .. from prefix in (string[])["", "/openai"]
           from path in (string[])["/v1/models", "/v1/models/x", "/v1/chat/completions", "/v1/completions"]
           select prefix + path,
        .. from prefix in (string[])["", "/openai/v1"]
           from path in (string[])["/tokenize", "/detokenize", "/apply-template"]
           select prefix + path,
        "/cluster",
        "/metrics",
    ];

    private static List<(string Method, string Path)> Routes(TestServer server)
    {
        var endpoints = server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
        return
        [
            .. from endpoint in endpoints
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
               select (method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("{*id}", "x", StringComparison.Ordinal)),
        ];
    }
}
