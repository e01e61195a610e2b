using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class BodyTests
{
    private const string Good = """{"messages":[{"role":"user","content":"hi"}]}""";

    public static TheoryData<string> BadBodies => new()
    {
        "",
        "   ",
        "null",
        "42",
        "\"x\"",
        "[]",
        "true",
        "{",
        "{]",
        "{\"messages\":",
        """{"a":1,"a":2}""",
        """{"messages":[{"role":"user","content":"\ud800"}]}""",
        """{"messages":[{"role":"user","content":"hi"}],"\udc00":1}""",
        """{"messages":[{"role":"user","content":"hi"}]} trailing""",
        """{"messages":[{"role":"user","content":"hi","content":"twice"}]}""",
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Post_BadBody_Is400AndTheNextRequestIsAnswered(string body)
    {
        await using var server = await TestServer.StartAsync();
        foreach (var path in (string[])["/v1/chat/completions", "/v1/completions", "/tokenize", "/detokenize", "/apply-template"])
        {
            using var response = await server.PostAsync(path, body);
            await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        }

        await server.AskAsync("/v1/chat/completions", Good);
    }

    [Fact]
    public async Task Post_ManyFieldsOrMessages_Is400()
    {
        await using var server = await TestServer.StartAsync();
        var fields = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"f{i}\":0"));
        using var many = await server.PostAsync("/v1/completions", $"{{\"prompt\":\"a\",{fields}}}");
        await ErrorCheck.IsErrorAsync(many, HttpStatusCode.BadRequest);
        var calls = string.Join(',', Enumerable.Repeat("""{"function":{"name":"f"}}""", 1000));
        foreach (var messages in (string[])[
            string.Join(',', Enumerable.Repeat("""{"role":"user","content":""}""", 100_000)),
            $"{{\"role\":\"assistant\",\"tool_calls\":[{calls}]}}"])
        {
            using var response = await server.PostAsync("/v1/chat/completions", $"{{\"messages\":[{messages}]}}");
            Assert.StartsWith("messages", (string?)(await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest))["param"], StringComparison.Ordinal);
        }

        await server.AskAsync("/v1/chat/completions", Good);
    }

    [Fact]
    public async Task Post_InvalidUtf8_Is400()
    {
        await using var server = await TestServer.StartAsync();
        byte[] bytes = [.. "{\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xff, 0xc0, .. "\"}]}"u8];
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await server.Client.PostAsync("/v1/chat/completions", content);
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Contains("UTF-8", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65)]
    [InlineData(100_000)]
    public async Task Post_DeepNesting_Is400(int depth)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", "{\"messages\":" + new string('[', depth) + new string(']', depth) + "}");
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task Post_WrongContentType_Is415(string? type)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good));
        if (type is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await server.Client.PostAsync("/v1/chat/completions", content);
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Post_ContentEncoding_Is415()
    {
        await using var server = await TestServer.StartAsync();
        using var content = TestServer.Json(Good);
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await server.Client.PostAsync("/v1/chat/completions", content);
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData(true, 1001)]
    [InlineData(false, 1001)]
    [InlineData(true, 1_500_000)]
    [InlineData(false, 1_500_000)]
    public async Task Post_OverTheBodyLimit_Is413(bool chunked, int bytes)
    {
        var limit = bytes > 100_000 ? 1_000_000 : 1000;
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { MaxBodyBytes = limit });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = TestServer.Json($"{{\"x\":\"{new string('x', bytes - 8)}\"}}") };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await server.Client.SendAsync(request);
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.RequestEntityTooLarge);
        await server.AskAsync("/v1/chat/completions", Good);
    }

    [Fact]
    public async Task Post_FarOverTheBodyLimit_Is413BeforeTheBody()
    {
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { MaxBodyBytes = 1000 });
        var (status, text) = await RawClient.AskAsync(
            server.Address, "POST /v1/chat/completions HTTP/1.1", "Content-Type: application/json", "Content-Length: 9000000000000000000");
        Assert.Equal(413, status);
        Assert.Contains("body_too_large", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_31Megabytes_AreRead()
    {
        await using var server = await TestServer.StartAsync();
        var text = new string('x', 31 * 1024 * 1024);
        using var response = await server.PostAsync("/v1/completions", $"{{\"prompt\":\"a\",\"user\":\"{text}\"}}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Post_ManyBodiesAtOnce_AreBoundedTogether()
    {
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { MaxTotalBodyBytes = 500 });
        using var response = await server.PostAsync("/tokenize", $"{{\"content\":\"{new string('x', 1000)}\"}}");
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.TooManyRequests);
        Assert.NotNull(response.Headers.RetryAfter);
        for (var i = 0; i < 20; i++)
            await server.AskAsync("/tokenize", $"{{\"content\":\"{new string('x', 400)}\"}}");
    }
}
