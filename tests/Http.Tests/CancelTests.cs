using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class CancelTests
{
    private const string Path = "/v1/chat/completions";

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"stream":true,"n":3}""")]
    public async Task Disconnect_WhileWaiting_FreesEverySlot(string body)
    {
        var engine = new FakeEngine { Before = (_, _, cancel) => Task.Delay(Timeout.Infinite, cancel) };
        await using var server = await TestServer.StartAsync(engine);
        using var cancel = new CancellationTokenSource();
        var expected = body.Contains("\"n\":3", StringComparison.Ordinal) ? 3 : 1;
        var send = server.Client.PostAsync(Path, TestServer.Json(body), cancel.Token);
        await engine.WhenActiveAsync(expected);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        await engine.WhenActiveAsync(0);
        Assert.Equal(expected, engine.Requests.Count);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task Disconnect_BeforeAnyAnswer_IsNotCountedAsOne()
    {
        var engine = new FakeEngine { Before = (_, _, cancel) => Task.Delay(Timeout.Infinite, cancel) };
        await using var server = await TestServer.StartAsync(engine);
        using var cancel = new CancellationTokenSource();
        var send = server.Client.PostAsync(Path, TestServer.Json("""{"messages":[{"role":"user","content":"hi"}]}"""), cancel.Token);
        await engine.WhenActiveAsync(1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var counts = "";
        while (!counts.Contains($"route=\"{Path}\"", StringComparison.Ordinal))
            counts = await server.Client.GetStringAsync("/metrics", patience.Token);
        Assert.Contains($"moe_http_requests_total{{route=\"{Path}\",status=\"499\"}} 1\n", counts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disconnect_InMidStream_FreesTheSlot()
    {
        var engine = new FakeEngine { Before = (_, index, cancel) => index < 3 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancel) };
        await using var server = await TestServer.StartAsync(engine);
        using (var raw = await RawClient.ConnectAsync(server.Address))
        {
            await raw.SendAsync(Raw("""{"messages":[{"role":"user","content":"hi"}],"stream":true}""", server.Address));
            await raw.ReadUntilAsync("\"content\":\"l\"");
            Assert.Equal(1, engine.Active);
        }

        await engine.WhenActiveAsync(0);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task Disconnect_TwoHundredAtOnce_TheNextIsAnswered()
    {
        var engine = new FakeEngine { Before = (_, _, cancel) => Task.Delay(Timeout.Infinite, cancel) };
        await using var server = await TestServer.StartAsync(engine);
        using var cancel = new CancellationTokenSource();
        var sends = Enumerable.Range(0, 200)
            .Select(_ => server.Client.PostAsync(Path, TestServer.Json("""{"messages":[{"role":"user","content":"hi"}]}"""), cancel.Token))
            .ToList();
        await engine.WhenActiveAsync(200);
        await cancel.CancelAsync();
        foreach (var send in sends)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        await engine.WhenActiveAsync(0);
        engine.Before = (_, _, _) => Task.CompletedTask;
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}]}""");
    }

    [Fact]
    public async Task StalledReader_LosesItsStreamOnly()
    {
        var time = new ManualTimeProvider();
        var stall = TimeSpan.FromSeconds(7);
        // Far more than the socket buffers on both sides hold: without the deadline this stream never ends.
        var engine = new FakeEngine { Reply = request => request.Sampling.Seed == 1 ? new string('x', 300_000) : "ok", MaxModelLength = 1 << 20 };
        await using var server = await TestServer.StartAsync(engine, new HttpSettings { StallTimeout = stall }, time);
        using var raw = await RawClient.ConnectAsync(server.Address);
        await raw.SendAsync(Raw("""{"messages":[{"role":"user","content":"hi"}],"stream":true,"seed":1}""", server.Address));
        await engine.WhenActiveAsync(1);
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}]}""");
        var ended = engine.WhenActiveAsync(0);
        while (await Task.WhenAny(ended, time.WhenWaitedAsync(stall)) != ended)
            time.Advance(stall);
        await Assert.ThrowsAnyAsync<IOException>(() => raw.ReadUntilAsync("[DONE]"));
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}]}""");
    }

    private static string Raw(string body, Uri address) =>
        $"POST {Path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
}
