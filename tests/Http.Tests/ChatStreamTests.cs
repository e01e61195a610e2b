using System.Net;
using System.Text.Json.Nodes;
using MoE.Engine;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class ChatStreamTests
{
    private const string Path = "/v1/chat/completions";
    private const string Body = """{"messages":[{"role":"user","content":"hi"}],"stream":true}""";
    private const string UsageBody = """{"messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}""";

    [Fact]
    public async Task Stream_PlainRequest_FollowsOpenAIsOrder()
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.PostAsync(Path, Body);
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.True(response.Headers.CacheControl!.NoCache);
        var events = await server.StreamAsync(Path, Body);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!.AsObject()).ToList();
        Assert.Single(chunks.Select(chunk => (string)chunk["id"]!).Distinct());
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", (string)chunk["object"]!));
        Assert.All(chunks, chunk => Assert.False(chunk.ContainsKey("usage")));
        Assert.All(chunks, chunk => Assert.True(chunk["choices"]![0]!.AsObject().ContainsKey("logprobs")));
        Assert.Equal("""{"role":"assistant","content":""}""", chunks[0]["choices"]![0]!["delta"]!.ToJsonString());
        Assert.Equal("Hello, world!", Text(chunks));
        Assert.All(chunks[..^1], chunk => Assert.Null(chunk["choices"]![0]!["finish_reason"]));
        Assert.Equal("stop", (string)chunks[^1]["choices"]![0]!["finish_reason"]!);
        Assert.Equal(14, (int)chunks[^1]["timings"]!["predicted_n"]!);
    }

    [Fact]
    public async Task Stream_IncludeUsage_AddsOneChunkWithoutChoices()
    {
        await using var server = await TestServer.StartAsync();
        var events = await server.StreamAsync(Path, UsageBody);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!.AsObject()).ToList();
        Assert.All(chunks, chunk => Assert.True(chunk.ContainsKey("usage")));
        Assert.All(chunks[..^1], chunk => Assert.Null(chunk["usage"]));
        Assert.Equal("stop", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(19, (int)chunks[^1]["usage"]!["total_tokens"]!);
        Assert.Equal("[DONE]", events[^1]);
    }

    [Fact]
    public async Task Stream_SeveralChoices_EachHaveARoleATextAndAnEnd()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = request => $"seed {request.Sampling.Seed}" });
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"stream":true,"n":3,"seed":5}""");
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!.AsObject()).ToList();
        for (var i = 0; i < 3; i++)
        {
            var own = chunks.Where(chunk => (int)chunk["choices"]![0]!["index"]! == i).ToList();
            Assert.Equal("assistant", (string)own[0]["choices"]![0]!["delta"]!["role"]!);
            Assert.Equal($"seed {5 + i}", Text(own));
            Assert.Single(own, chunk => chunk["choices"]![0]!["finish_reason"] is not null);
        }

        Assert.Single(chunks, chunk => chunk.ContainsKey("timings"));
    }

    [Fact]
    public async Task Stream_SplitCharactersAndStops_NeverShowHalves()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "né 😀 ENDE later" });
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"stream":true,"stop":["ENDE"]}""");
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!.AsObject()).ToList();
        Assert.Equal("né 😀 ", Text(chunks));
        Assert.All(chunks, chunk => Assert.DoesNotContain('E', (string?)chunk["choices"]![0]!["delta"]!["content"] ?? string.Empty));
    }

    [Theory]
    [InlineData(EngineError.QueueFull, HttpStatusCode.TooManyRequests, "rate_limit_error", true)]
    [InlineData(EngineError.Unavailable, HttpStatusCode.ServiceUnavailable, "unavailable_error", true)]
    [InlineData(EngineError.ShuttingDown, HttpStatusCode.ServiceUnavailable, "unavailable_error", true)]
    [InlineData(EngineError.ContextExceeded, HttpStatusCode.BadRequest, "exceed_context_size_error", false)]
    [InlineData(EngineError.Internal, HttpStatusCode.InternalServerError, "server_error", false)]
    public async Task Post_EngineRefuses_HasItsStatusWithAndWithoutStream(EngineError kind, HttpStatusCode status, string type, bool retry)
    {
        var engine = new FakeEngine { Before = (_, _, _) => throw new EngineException(kind, "layer 3 lacks experts 5, 9") { PromptTokens = 77 } };
        await using var server = await TestServer.StartAsync(engine);
        foreach (var body in (string[])[Body, Body.Replace("true", "false", StringComparison.Ordinal), Body.Replace("true", "true,\"n\":4", StringComparison.Ordinal)])
        {
            using var response = await server.PostAsync(Path, body);
            var error = await ErrorCheck.IsErrorAsync(response, status);
            Assert.Equal(type, (string)error["type"]!);
            Assert.Equal(retry, response.Headers.RetryAfter is not null);
            if (kind == EngineError.Unavailable)
                Assert.Contains("layer 3", (string)error["message"]!, StringComparison.Ordinal);
            if (kind == EngineError.Internal)
                Assert.DoesNotContain("layer 3", (string)error["message"]!, StringComparison.Ordinal);
        }

        Assert.Equal(0, engine.Active);
    }

    [Fact]
    public async Task Stream_OneChoiceRefused_EndsAllWithItsStatus()
    {
        var engine = new FakeEngine { Before = (request, _, _) => request.RequestId.EndsWith("-2", StringComparison.Ordinal) ? throw new EngineException(EngineError.QueueFull, "full") : Task.CompletedTask };
        await using var server = await TestServer.StartAsync(engine);
        using var response = await server.PostAsync(Path, Body.Replace("true", "true,\"n\":3", StringComparison.Ordinal));
        await ErrorCheck.IsErrorAsync(response, HttpStatusCode.TooManyRequests);
        Assert.Equal(0, engine.Active);
    }

    [Fact]
    public async Task Stream_FailureInTheMiddle_IsAnEventAndNoDone()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var engine = new FakeEngine
        {
            Before = async (_, index, _) =>
            {
                if (index != 5)
                    return;
                await go.Task;
                throw new EngineException(EngineError.Unavailable, "layer 3 lacks expert 5");
            },
        };
        await using var server = await TestServer.StartAsync(engine);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = TestServer.Json(Body) };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        go.SetResult();
        var text = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        var last = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        var error = JsonNode.Parse(last["data: ".Length..])!["error"]!;
        Assert.Equal("unavailable_error", (string)error["type"]!);
        Assert.Contains("lacks expert 5", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_EngineEndsWithoutReason_IsNeverASilentCut()
    {
        var engine = new FakeEngine { Before = (_, index, _) => index == 3 ? throw new InvalidOperationException("secret") : Task.CompletedTask };
        await using var server = await TestServer.StartAsync(engine);
        using var response = await server.PostAsync(Path, Body.Replace("true", "false", StringComparison.Ordinal));
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("secret", error.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(server.Log.Errors, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_Silence_IsFilledWithComments()
    {
        var time = new ManualTimeProvider();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ping = TimeSpan.FromSeconds(15);
        var engine = new FakeEngine { Before = (_, index, _) => index == 2 ? go.Task : Task.CompletedTask };
        await using var server = await TestServer.StartAsync(engine, time: time);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = TestServer.Json(Body) };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
            Assert.StartsWith("data: ", await LineAsync(reader), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            await time.WhenWaitedAsync(ping);
            time.Advance(ping);
            Assert.Equal(": ping", await LineAsync(reader));
        }

        go.SetResult();
        var rest = await reader.ReadToEndAsync();
        Assert.Contains("[DONE]", rest, StringComparison.Ordinal);
        Assert.DoesNotContain(": ping", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_LongPrompt_OpensWithACommentAfterTheInterval()
    {
        var time = new ManualTimeProvider();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var engine = new FakeEngine { Before = (_, _, _) => go.Task };
        await using var server = await TestServer.StartAsync(engine, time: time);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = TestServer.Json(Body) };
        var send = server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await time.WhenWaitedAsync(TimeSpan.FromSeconds(15));
        Assert.False(send.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(15));
        using var response = await send;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        go.SetResult();
        var text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(": ping\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    private static string Text(IEnumerable<JsonObject> chunks) =>
        string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"]));

    private static async Task<string> LineAsync(StreamReader reader)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync() ?? throw new EndOfStreamException();
            if (line.Length > 0)
                return line;
        }
    }
}
