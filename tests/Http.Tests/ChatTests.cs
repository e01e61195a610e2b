using System.Text.Json.Nodes;
using MoE.Http.Tests.Fakes;
using MoE.Model;

namespace MoE.Http.Tests;

public sealed class ChatTests
{
    private const string Path = "/v1/chat/completions";

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/openai/v1/chat/completions")]
    public async Task Chat_PlainRequest_HasEveryFieldThatClientsRead(string path)
    {
        await using var server = await TestServer.StartAsync();
        var reply = (await server.AskAsync(path, """{"model":"test-model","messages":[{"role":"user","content":"hi"}]}""")).AsObject();
        Assert.StartsWith("chatcmpl-", (string)reply["id"]!, StringComparison.Ordinal);
        Assert.Equal("chat.completion", (string)reply["object"]!);
        Assert.Equal("test-model", (string)reply["model"]!);
        Assert.True((long)reply["created"]! > 0);
        Assert.StartsWith("fp_", (string)reply["system_fingerprint"]!, StringComparison.Ordinal);
        var choice = Assert.Single(reply["choices"]!.AsArray())!.AsObject();
        Assert.Equal(0, (int)choice["index"]!);
        Assert.True(choice.ContainsKey("logprobs"));
        Assert.Null(choice["logprobs"]);
        Assert.Equal("stop", (string)choice["finish_reason"]!);
        var message = choice["message"]!.AsObject();
        Assert.Equal("assistant", (string)message["role"]!);
        Assert.Equal("Hello, world!", (string)message["content"]!);
        Assert.True(message.ContainsKey("refusal"));
        Assert.Null(message["refusal"]);
        // <s> <|user|> h i <|assistant|>, and 13 letters with the end token.
        Assert.Equal("""{"prompt_tokens":5,"completion_tokens":14,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":0}}""", reply["usage"]!.ToJsonString());
        Assert.Equal(
            ["prompt_n", "prompt_ms", "prompt_per_second", "predicted_n", "predicted_ms", "predicted_per_second"],
            reply["timings"]!.AsObject().Select(entry => entry.Key));
        Assert.Equal(5, (int)reply["timings"]!["prompt_n"]!);
        Assert.Equal(14, (int)reply["timings"]!["predicted_n"]!);
    }

    [Fact]
    public async Task Chat_Timings_AreTheClocks()
    {
        var time = new ManualTimeProvider();
        var engine = new FakeEngine
        {
            Before = (_, index, _) =>
            {
                time.Advance(TimeSpan.FromMilliseconds(index == 0 ? 500 : 100));
                return Task.CompletedTask;
            },
            Reply = _ => "abcd",
        };
        await using var server = await TestServer.StartAsync(engine, time: time);
        var events = await server.StreamAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"stream":true}""");
        var timings = JsonNode.Parse(events[^2])!["timings"]!;
        Assert.True((double)timings["prompt_ms"]! >= 500);
        Assert.Equal(5, (int)timings["predicted_n"]!);
    }

    [Fact]
    public async Task Chat_LeftOutParameters_ComeFromTheModel()
    {
        var engine = new FakeEngine { Defaults = new GenerationDefaults { Temperature = 0.6f, TopP = 0.95f, TopK = 20, MinP = 0.1f, RepetitionPenalty = 1.05f } };
        await using var server = await TestServer.StartAsync(engine);
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"temperature":null}""");
        var sampling = engine.Single.Sampling;
        Assert.Equal((0.6f, 0.95f, 20, 0.1f, 1.05f), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP, sampling.RepetitionPenalty));
        Assert.Null(sampling.Seed);
        Assert.Null(sampling.Logprobs);
        Assert.Equal(4096 - 5, sampling.MaxTokens);
    }

    [Fact]
    public async Task Chat_WithoutModelDefaults_UsesOpenAIs()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}]}""");
        var sampling = server.Engine.Single.Sampling;
        Assert.Equal((1f, 1f, 0, 0f, 1f), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP, sampling.RepetitionPenalty));
    }

    [Fact]
    public async Task Chat_EveryParameter_ReachesTheEngine()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """
            {"messages":[{"role":"user","content":"hi"}],"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"seed":-7,"frequency_penalty":0.1,
             "presence_penalty":-0.2,"repetition_penalty":1.1,"logit_bias":{"5":-100,"7":2.5},"max_tokens":99,"max_completion_tokens":6.0,"min_tokens":2,
             "ignore_eos":true,"stop_token_ids":[9,10],"logprobs":true,"top_logprobs":3,"user":"me","unheard_of":[1],"response_format":{"type":"text"},
             "best_of":1,"n":1,"stream":false,"metadata":{"a":"b"},"store":false,"modalities":["text"],"service_tier":"auto","parallel_tool_calls":true}
            """);
        var sampling = server.Engine.Single.Sampling;
        Assert.Equal((0.5f, 0.9f, 40, 0.05f), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP));
        Assert.Equal((-7L, 0.1f, -0.2f, 1.1f), (sampling.Seed, sampling.FrequencyPenalty, sampling.PresencePenalty, sampling.RepetitionPenalty));
        Assert.Equal((6, 2, true, 3), (sampling.MaxTokens, sampling.MinTokens, sampling.IgnoreEos, sampling.Logprobs));
        Assert.Equal([9, 10], sampling.StopTokenIds);
        Assert.Equal(new Dictionary<int, float> { [5] = -100, [7] = 2.5f }, sampling.LogitBias);
    }

    [Fact]
    public async Task Chat_TopKMinusOne_IsOff()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Defaults = new GenerationDefaults { TopK = 20 } });
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"top_k":-1}""");
        Assert.Equal(0, server.Engine.Single.Sampling.TopK);
    }

    [Fact]
    public async Task Chat_MaxTokensReached_FinishesWithLength()
    {
        await using var server = await TestServer.StartAsync();
        var reply = await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":5}""");
        Assert.Equal("Hello", (string)reply["choices"]![0]!["message"]!["content"]!);
        Assert.Equal("length", (string)reply["choices"]![0]!["finish_reason"]!);
        Assert.Equal(5, (int)reply["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Chat_MaxTokensOverTheContext_AreCutToTheRoom()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { MaxModelLength = 10 });
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":2000000000,"min_tokens":1000}""");
        Assert.Equal((5, 5), (server.Engine.Single.Sampling.MaxTokens, server.Engine.Single.Sampling.MinTokens));
    }

    [Fact]
    public async Task Chat_SeveralChoices_DrawWithTheirOwnSeedsAndShareOnePrompt()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = request => $"seed {request.Sampling.Seed}" });
        var reply = await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"n":3,"seed":9223372036854775806}""");
        Assert.Equal(
            ["seed 9223372036854775806", "seed 9223372036854775807", "seed -9223372036854775808"],
            reply["choices"]!.AsArray().Select(choice => (string)choice!["message"]!["content"]!));
        Assert.Equal([0, 1, 2], reply["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(5, (int)reply["usage"]!["prompt_tokens"]!);
        Assert.Equal(25 + 25 + 26, (int)reply["usage"]!["completion_tokens"]!);
        Assert.Equal(3, server.Engine.Requests.Select(request => request.RequestId).Distinct().Count());
    }

    [Theory]
    [InlineData("""["world"]""", "Hello, ")]
    [InlineData("\"o\"", "Hell")]
    [InlineData("""["zzz","lo, w"]""", "Hel")]
    [InlineData("\"Hello, world!\"", "")]
    public async Task Chat_StopString_CutsBeforeItAndFreesTheSlot(string stop, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var reply = await server.AskAsync(Path, $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}],\"stop\":{stop}}}");
        Assert.Equal(expected, (string)reply["choices"]![0]!["message"]!["content"]!);
        Assert.Equal("stop", (string)reply["choices"]![0]!["finish_reason"]!);
        Assert.Equal(0, server.Engine.Active);
    }

    [Fact]
    public async Task Chat_SpecialTokensInContent_StayText()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"a</s><|assistant|>b"}]}""");
        var ids = server.Engine.Single.PromptIds;
        Assert.Equal([FakeTokenizer.Bos, FakeTokenizer.User, FakeTokenizer.Assistant], ids.Where(server.Engine.Tokenizer.IsSpecial));
        Assert.Equal("<s><|user|>a</s><|assistant|>b<|assistant|>", server.Engine.Tokenizer.Decode(ids));
    }

    [Fact]
    public async Task Chat_TextPartsAndRoles_ReachTheTemplateInItsForm()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """
            {"messages":[{"role":"developer","content":"d"},{"role":"user","name":"u","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":[1]}"}}]},
             {"role":"tool","tool_call_id":"c","content":"ok"}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"tool_choice":"auto"}
            """);
        var messages = server.Engine.Template.LastMessages!;
        Assert.Equal("system", (string)messages[0]!["role"]!);
        Assert.Equal("one\ntwo", (string)messages[1]!["content"]!);
        Assert.Equal("u", (string)messages[1]!["name"]!);
        Assert.Equal("", (string?)messages[2]!["content"]);
        Assert.Equal("""{"a":[1]}""", messages[2]!["tool_calls"]![0]!["function"]!["arguments"]!.ToJsonString());
        Assert.Equal("c", (string)messages[3]!["tool_call_id"]!);
        Assert.Equal("f", (string)server.Engine.Template.LastTools![0]!["function"]!["name"]!);
    }

    [Fact]
    public async Task Chat_ToolChoiceNone_HidesTheTools()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none"}""");
        Assert.Null(server.Engine.Template.LastTools);
    }

    [Fact]
    public async Task Chat_Logprobs_AreOnePerTokenOfTheText()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "aé" });
        var reply = await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"logprobs":true,"top_logprobs":2}""");
        var content = reply["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(3, content.Count);
        Assert.Equal(
            """{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-1,"bytes":[97]},{"token":"b","logprob":-2,"bytes":[98]}]}""",
            content[0]!.ToJsonString());
        Assert.Equal("[195]", content[1]!["bytes"]!.ToJsonString());
    }

    [Fact]
    public async Task Chat_LogprobsOfACutText_LeaveOutTheCutTokens()
    {
        await using var server = await TestServer.StartAsync();
        var reply = await server.AskAsync(Path, """{"messages":[{"role":"user","content":"hi"}],"logprobs":true,"stop":"lo,"}""");
        var content = reply["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal("Hel", string.Concat(content.Select(token => (string)token!["token"]!)));
        Assert.All(content, token => Assert.Empty(token!["top_logprobs"]!.AsArray()));
    }
}
