using System.Text.RegularExpressions;
using MoE.Engine;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests.Metrics;

public sealed partial class MetricsRouteTests
{
    private const string Chat = """{"messages":[{"role":"user","content":"hi"}],"stream":true}""";

    [Fact]
    public async Task Metrics_AfterRequests_CountThem()
    {
        var time = new ManualTimeProvider();
        var engine = new FakeEngine
        {
            Reply = _ => "ab",
            Before = (_, index, _) =>
            {
                time.Advance(TimeSpan.FromSeconds(index == 0 ? 2 : 0.0625));
                return Task.CompletedTask;
            },
            Status = new EngineStatus(true, null, 3, 4) { KvBlocksInUse = 11, KvBlocks = 12, Preemptions = 13 },
        };
        await using var server = await TestServer.StartAsync(engine, time: time);
        await server.AskAsync("/v1/completions", """{"prompt":"hi"}""");
        using var unknown = await server.Client.GetAsync("/no/such/path");
        var text = await TextAsync(server);
        Assert.Contains("moe_http_requests_total{route=\"/v1/completions\",status=\"200\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_http_requests_total{route=\"none\",status=\"404\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/no/such/path", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_server_request_duration_seconds_count{gen_ai_operation_name=\"text_completion\",gen_ai_request_model=\"test-model\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name=\"text_completion\",gen_ai_request_model=\"test-model\",le=\"2.5\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name=\"text_completion\",gen_ai_request_model=\"test-model\",le=\"1\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_prompt_tokens_total 3\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_generated_tokens_total 3\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_requests_running 3\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_requests_waiting 4\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_kv_blocks_in_use 11\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_kv_blocks 12\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_preemptions_total 13\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_rows_total{node=\"expert-1\",role=\"expert\"} 1234\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_reachable{node=\"expert-2\",role=\"expert\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_expert_tokens_total{layer=\"0\",expert=\"2\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_experts_missing 40\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_experts_below_floor 5\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_quarantined{node=\"expert-2\",role=\"expert\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_load_failures{node=\"expert-2\",role=\"expert\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetched_bytes_total{node=\"expert-1\",role=\"expert\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetched_bytes_total{node=\"expert-2\",role=\"expert\"} 4096\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetch_seconds_total{node=\"expert-2\",role=\"expert\"} 0.5\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetch_resumed_total{node=\"expert-2\",role=\"expert\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetch_wrong_digests_total{node=\"expert-2\",role=\"expert\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_node_fetch_source_bytes_total{node=\"expert-2\",peer=\"expert-1\"} 96\n", text, StringComparison.Ordinal);
        Assert.Contains("moe_placement_version 7\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_Failures_AreNamed()
    {
        var engine = new FakeEngine { Before = (_, _, _) => throw new EngineException(EngineError.QueueFull, "full") };
        await using var server = await TestServer.StartAsync(engine);
        using var refused = await server.PostAsync("/v1/chat/completions", Chat);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Before = async (_, index, _) =>
        {
            if (index < 2)
                return;
            await sent.Task;
            throw new EngineException(EngineError.Unavailable, "lost");
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = TestServer.Json(Chat) };
        using var cut = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        sent.SetResult();
        await cut.Content.ReadAsStringAsync();
        var text = await TextAsync(server);
        Assert.Contains("error_type=\"429\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"unavailable_error\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_EverySample_BelongsToAFamilyWithHelpAndType()
    {
        await using var server = await TestServer.StartAsync();
        await server.StreamAsync("/v1/chat/completions", Chat);
        var families = new HashSet<string>();
        foreach (var line in (await TextAsync(server)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Assert.True(families.Add(line.Split(' ')[2]), line);
                continue;
            }

            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Contains(line.Split(' ')[2], families);
                continue;
            }

            Assert.Matches(Sample(), line);
            var name = line.Split('{', ' ')[0];
            Assert.Contains(families, family => name == family || name == $"{family}_bucket" || name == $"{family}_sum" || name == $"{family}_count");
        }
    }

    private static async Task<string> TextAsync(TestServer server)
    {
        using var response = await server.Client.GetAsync("/metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("""^[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.E+-]+$""")]
    private static partial Regex Sample();
}
