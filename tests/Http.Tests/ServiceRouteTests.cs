using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MoE.Engine;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class ServiceRouteTests
{
    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/openai/v1/models")]
    public async Task Models_List_HasTheServedModel(string path)
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { ModelId = "org/model" });
        var list = (await server.Client.GetFromJsonAsync<JsonObject>(path))!;
        Assert.Equal("list", (string)list["object"]!);
        Assert.Equal("org/model", (string)list["data"]![0]!["id"]!);
        Assert.Equal("model", (string)list["data"]![0]!["object"]!);
        Assert.Equal(4096, (int)list["data"]![0]!["max_model_len"]!);
        foreach (var id in (string[])["org/model", "org%2Fmodel"])
            Assert.Equal("org/model", (string)(await server.Client.GetFromJsonAsync<JsonObject>($"{path}/{id}"))!["id"]!);
        using var unknown = await server.Client.GetAsync($"{path}/other");
        var error = await ErrorCheck.IsErrorAsync(unknown, HttpStatusCode.NotFound);
        Assert.Equal("model_not_found", (string)error["code"]!);
    }

    [Fact]
    public async Task Tokenize_Defaults_AreLlamaServers()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("""{"tokens":[1,101]}""", (await server.AskAsync("/tokenize", """{"content":"</s>a"}""")).ToJsonString());
        Assert.Equal("""{"tokens":[0,101]}""", (await server.AskAsync("/tokenize", """{"content":"a","add_special":true}""")).ToJsonString());
        Assert.Equal(5, (await server.AskAsync("/tokenize", """{"content":"</s>a","parse_special":false}"""))["tokens"]!.AsArray().Count);
        var pieces = await server.AskAsync("/tokenize", """{"content":"</s>aé","with_pieces":true}""");
        var expected = JsonNode.Parse("""{"tokens":[{"id":1,"piece":"</s>"},{"id":101,"piece":"a"},{"id":199,"piece":[195]},{"id":173,"piece":[169]}]}""");
        Assert.True(JsonNode.DeepEquals(expected, pieces), pieces.ToJsonString());
    }

    [Fact]
    public async Task Detokenize_Ids_GiveTheText()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("""{"content":"a"}""", (await server.AskAsync("/detokenize", """{"tokens":[101]}""")).ToJsonString());
        foreach (var tokens in (string[])["[260]", "[-1]", "5", "[\"a\"]", "null"])
        {
            using var response = await server.PostAsync("/detokenize", $"{{\"tokens\":{tokens}}}");
            await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Tokenize_AMegabyte_IsAnswered()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var unit in (string[])["x", " ", "😀"])
        {
            var text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / System.Text.Encoding.UTF8.GetByteCount(unit)));
            var reply = await server.AskAsync("/tokenize", $"{{\"content\":\"{text}\"}}");
            Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(text), reply["tokens"]!.AsArray().Count);
        }
    }

    [Theory]
    [InlineData("/tokenize", "content", "\"xxxx\"", "\"xxxxx\"")]
    [InlineData("/detokenize", "tokens", "[5,5,5,5]", "[5,5,5,5,5]")]
    public async Task Tokenize_LongerThanAllowed_Is400BeforeItIsRead(string path, string field, string fits, string tooLong)
    {
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { MaxTokenizeLength = 4 });
        await server.AskAsync(path, $"{{\"{field}\":{fits}}}");
        var before = ((FakeTokenizer)server.Engine.Tokenizer).Encoded;
        using var response = await server.PostAsync(path, $"{{\"{field}\":{tooLong}}}");
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal(field, (string)error["param"]!);
        Assert.Contains("at most 4 are allowed", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal(before, ((FakeTokenizer)server.Engine.Tokenizer).Encoded);
    }

    [Fact]
    public async Task ApplyTemplate_Messages_GiveThePrompt()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(
            "<s><|user|>hi<|assistant|>",
            (string)(await server.AskAsync("/apply-template", """{"messages":[{"role":"user","content":"hi"}]}"""))["prompt"]!);
        Assert.Equal(
            "<s><|user|>hi",
            (string)(await server.AskAsync("/apply-template", """{"messages":[{"role":"user","content":"hi"}],"add_generation_prompt":false}"""))["prompt"]!);
        using var refused = await server.PostAsync("/apply-template", """{"messages":[{"role":"user","content":"hi"}],"chat_template":"x"}""");
        Assert.Equal("chat_template", (string)(await ErrorCheck.IsErrorAsync(refused, HttpStatusCode.BadRequest))["param"]!);
    }

    [Fact]
    public async Task Health_FollowsTheEngineAndLivezDoesNot()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("""{"status":"ok"}""", await server.Client.GetStringAsync("/health"));
        server.Engine.Status = new EngineStatus(false, "layer 3 lacks experts 5, 9", 0, 0);
        using var response = await server.Client.GetAsync("/health");
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("layer 3 lacks experts 5, 9", (string)error["message"]!);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("""{"status":"ok"}""", await server.Client.GetStringAsync("/livez"));
    }

    [Fact]
    public async Task Cluster_Snapshot_IsSnakeCase()
    {
        await using var server = await TestServer.StartAsync();
        var cluster = JsonNode.Parse(await server.Client.GetStringAsync("/cluster"))!;
        Assert.Equal(7, (int)cluster["placement_version"]!);
        Assert.Equal(
            """{"id":"expert-1","role":"expert","state":"ready","address":"127.0.0.1:4053","memory_budget_bytes":1073741824,"bytes_held":268435456,"threads":2,"experts":[{"layer":0,"experts":[0,2]},{"layer":1,"experts":[1]}],"rows_computed":1234,"dispatches_served":56,"queue_length":0,"reachable":true,"experts_held":3,"compute_bytes_per_second":9000000000,"share":0.75,"fetched":null,"quarantine":null,"load_error":null,"load_failures":0}""",
            cluster["nodes"]![0]!.ToJsonString());
        Assert.Equal("""[{"layer":1,"expert":3}]""", cluster["missing"]!.ToJsonString());
        Assert.Equal(40, (int)cluster["missing_count"]!);
        Assert.Equal("NaN in a row", (string?)cluster["nodes"]![1]!["quarantine"]);
        Assert.Equal(("no space", 3), ((string?)cluster["nodes"]![1]!["load_error"], (int)cluster["nodes"]![1]!["load_failures"]!));
        Assert.Equal(
            """{"bytes":4096,"seconds":0.5,"cached_bytes":100,"resumed":2,"wrong_digests":1,"sources":[{"peer":"seed-1","bytes":4000,"seconds":0.25},{"peer":"expert-1","bytes":96,"seconds":0.25}]}""",
            cluster["nodes"]![1]!["fetched"]!.ToJsonString());
        Assert.Equal(5, (int)cluster["below_floor"]!);
        Assert.Equal(1, (int)cluster["replicated"]!);
        Assert.Equal(8, (long)cluster["rollout_version"]!);
        Assert.Equal("""[{"layer":0,"tokens":[10,0,5]}]""", cluster["expert_load"]!.ToJsonString());
        Assert.Equal("""["127.0.0.1:8080"]""", cluster["fronts"]!.ToJsonString());
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page/style.css", "text/css")]
    [InlineData("/page/chat.js", "text/javascript")]
    [InlineData("/page/cluster.js", "text/javascript")]
    [InlineData("/page/experts.js", "text/javascript")]
    [InlineData("/page/api.js", "text/javascript")]
    [InlineData("/page/icon.svg", "image/svg+xml")]
    public async Task Page_File_IsServedUnderAStrictPolicy(string path, string type)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("POST", "/v1/nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/v1/models", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/health", HttpStatusCode.MethodNotAllowed)]
    [InlineData("OPTIONS", "/v1/models", HttpStatusCode.MethodNotAllowed)]
    public async Task WrongRouteOrMethod_IsAnErrorObject(string method, string path, HttpStatusCode status)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await ErrorCheck.IsErrorAsync(response, status);
        Assert.Equal(status == HttpStatusCode.MethodNotAllowed, response.Content.Headers.Allow.Count > 0);
    }

    [Theory]
    [InlineData("abc-123_x.y:z", true)]
    [InlineData("with space", false)]
    [InlineData("semi;colon", false)]
    public async Task RequestId_SaneOne_IsEchoed(string id, bool echoed)
    {
        await using var server = await TestServer.StartAsync();
        foreach (var path in (string[])["/health", "/", "/nowhere", "/v1/models"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("x-request-id", id);
            using var response = await server.Client.SendAsync(request);
            var answered = response.Headers.GetValues("x-request-id").Single();
            Assert.Equal(echoed, answered == id);
            Assert.NotEmpty(answered);
        }
    }
}
