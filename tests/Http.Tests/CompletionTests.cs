using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class CompletionTests
{
    private const string Path = "/v1/completions";
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Completions_PlainRequest_HasTheLegacyShapeAnd16Tokens()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "0123456789abcdefghij" });
        var reply = (await server.AskAsync(Path, """{"prompt":"hi"}""")).AsObject();
        Assert.StartsWith("cmpl-", (string)reply["id"]!, StringComparison.Ordinal);
        Assert.Equal("text_completion", (string)reply["object"]!);
        var choice = reply["choices"]![0]!.AsObject();
        Assert.Equal("""{"index":0,"text":"0123456789abcdef","logprobs":null,"finish_reason":"length"}""", choice.ToJsonString());
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":16,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":0}}""", reply["usage"]!.ToJsonString());
        Assert.True(reply.ContainsKey("timings"));
        // Raw text gets what the tokenizer adds, BOS here.
        Assert.Equal([FakeTokenizer.Bos, FakeTokenizer.Byte('h'), FakeTokenizer.Byte('i')], server.Engine.Single.PromptIds);
    }

    [Theory]
    [InlineData("""["a","b"]""", 2)]
    [InlineData("""[5,6,7]""", 1)]
    [InlineData("""[[5],[6,7]]""", 2)]
    [InlineData("\"a\"", 1)]
    public async Task Completions_EveryPromptForm_IsAnswered(string prompt, int prompts)
    {
        await using var server = await TestServer.StartAsync();
        var reply = await server.AskAsync(Path, $"{{\"prompt\":{prompt},\"n\":2}}");
        Assert.Equal(Enumerable.Range(0, prompts * 2), reply["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(prompts * 2, server.Engine.Requests.Count);
    }

    [Fact]
    public async Task Completions_Ids_AreUsedAsTheyAre()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, """{"prompt":[5,259,0]}""");
        Assert.Equal([5, 259, 0], server.Engine.Single.PromptIds);
    }

    [Fact]
    public async Task Completions_SeveralPromptsAndChoices_AreInPromptOrder()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = request => $"{request.PromptIds[^1]}:{request.Sampling.Seed}" });
        var reply = await server.AskAsync(Path, """{"prompt":[[10],[20]],"n":2,"seed":1,"echo":false}""");
        Assert.Equal(["10:1", "10:2", "20:1", "20:2"], reply["choices"]!.AsArray().Select(choice => (string)choice!["text"]!));
    }

    [Fact]
    public async Task Completions_Logprobs_AreTheLegacyLists()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "z😀b" });
        var reply = await server.AskAsync(Path, """{"prompt":"hi","logprobs":2}""");
        var logprobs = reply["choices"]![0]!["logprobs"]!;
        Assert.Equal(6, logprobs["tokens"]!.AsArray().Count);
        Assert.Equal("[-0.5,-0.5,-0.5,-0.5,-0.5,-0.5]", logprobs["token_logprobs"]!.ToJsonString());
        // Code points: the four bytes of the emoji begin where it begins.
        Assert.Equal("[0,1,1,1,1,2]", logprobs["text_offset"]!.ToJsonString());
        Assert.Equal("""{"a":-1,"b":-2,"z":-0.5}""", logprobs["top_logprobs"]![0]!.ToJsonString());
        Assert.Equal("""{"a":-1,"b":-2}""", logprobs["top_logprobs"]![5]!.ToJsonString());
    }

    [Fact]
    public async Task Completions_LogprobsZero_ReportOnlyTheChosen()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "z" });
        var reply = await server.AskAsync(Path, """{"prompt":"hi","logprobs":0}""");
        Assert.Equal("""[{"z":-0.5}]""", reply["choices"]![0]!["logprobs"]!["top_logprobs"]!.ToJsonString());
        Assert.Equal(0, server.Engine.Single.Sampling.Logprobs);
        Assert.Null(server.Engine.Single.Sampling.PromptLogprobs);
    }

    [Fact]
    public async Task Completions_EchoWithLogprobs_ScoresThePromptToo()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "z" });
        var reply = await server.AskAsync(Path, """{"prompt":[104,105],"logprobs":1,"echo":true}""");
        var choice = reply["choices"]![0]!;
        Assert.Equal("dez", (string)choice["text"]!);
        Assert.Equal("""["d","e","z"]""", choice["logprobs"]!["tokens"]!.ToJsonString());
        Assert.Equal("[null,-0.25,-0.5]", choice["logprobs"]!["token_logprobs"]!.ToJsonString());
        Assert.Equal("""[null,{"e":-0.25},{"a":-1,"z":-0.5}]""", choice["logprobs"]!["top_logprobs"]!.ToJsonString());
        Assert.Equal("[0,1,2]", choice["logprobs"]!["text_offset"]!.ToJsonString());
    }

    /// <summary>The BOS that the tokenizer adds is no part of the text that is echoed.</summary>
    [Fact]
    public async Task Completions_EchoOfText_OffsetsAreThoseOfTheChoicesText()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => "z" });
        var reply = await server.AskAsync(Path, """{"prompt":"hi","logprobs":0,"echo":true}""");
        var choice = reply["choices"]![0]!;
        Assert.Equal("hiz", (string)choice["text"]!);
        Assert.Equal("""["<s>","h","i","z"]""", choice["logprobs"]!["tokens"]!.ToJsonString(Relaxed));
        Assert.Equal("[0,0,1,2]", choice["logprobs"]!["text_offset"]!.ToJsonString());
    }

    /// <summary>Neither the prompt nor the first token, half a character, has text to show yet.</summary>
    [Fact]
    public async Task Completions_StreamedEchoWithoutText_ScoresThePromptToo()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Tokenizer = new FakeTokenizer(bos: ""), Reply = _ => "é" });
        var events = await server.StreamAsync(Path, """{"prompt":[0,0],"logprobs":0,"echo":true,"stream":true}""");
        var choices = events[..^1].Select(data => JsonNode.Parse(data)!["choices"]![0]!).ToList();
        Assert.Equal("é", string.Concat(choices.Select(choice => (string)choice["text"]!)));
        Assert.Equal([null, -0.25f, -0.5f, -0.5f], choices.SelectMany(choice => choice["logprobs"]!["token_logprobs"]!.AsArray()).Select(value => (float?)value));
    }

    [Fact]
    public async Task Completions_EchoOfNoTokens_ScoresThePromptOnly()
    {
        await using var server = await TestServer.StartAsync();
        var reply = await server.AskAsync(Path, """{"prompt":[104,105],"logprobs":1,"echo":true,"max_tokens":0}""");
        Assert.Equal("de", (string)reply["choices"]![0]!["text"]!);
        Assert.Equal("[null,-0.25]", reply["choices"]![0]!["logprobs"]!["token_logprobs"]!.ToJsonString());
        Assert.Equal(0, (int)reply["usage"]!["completion_tokens"]!);
        Assert.Equal(1, server.Engine.Single.Sampling.MaxTokens);
    }

    [Fact]
    public async Task Completions_Stream_CarriesTextThenReasonThenUsage()
    {
        await using var server = await TestServer.StartAsync();
        var events = await server.StreamAsync(Path, """{"prompt":"hi","stream":true,"echo":true,"stream_options":{"include_usage":true}}""");
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!.AsObject()).ToList();
        Assert.All(chunks, chunk => Assert.Equal("text_completion", (string)chunk["object"]!));
        Assert.Equal("hiHello, world!", string.Concat(chunks[..^1].Select(chunk => (string)chunk["choices"]![0]!["text"]!)));
        Assert.Equal("stop", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(14, (int)chunks[^1]["usage"]!["completion_tokens"]!);
    }

    [Theory]
    [InlineData("/v1/completions", """{"prompt":"0123456789"}""", 11)]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"0123456789"}]}""", 13)]
    public async Task Post_PromptTooLong_Is400WithBothCounts(string path, string body, int tokens)
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { MaxModelLength = 11 });
        using var response = await server.PostAsync(path, body);
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("exceed_context_size_error", (string)error["type"]!);
        Assert.Equal(tokens, (int)error["n_prompt_tokens"]!);
        Assert.Equal(11, (int)error["n_ctx"]!);
        Assert.Empty(server.Engine.Requests);
    }

    /// <summary>A token stands for 13 characters at most: four times that for each of the context's 11 is no matter of counting.</summary>
    [Theory]
    [InlineData("/v1/completions", """{"prompt":"@"}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt":["a","@"]}""", "prompt")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"@"}]}""", "messages")]
    public async Task Post_TextThatCannotFit_Is400BeforeItIsEncoded(string path, string body, string field)
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { MaxModelLength = 11 });
        using var response = await server.PostAsync(path, body.Replace("@", new string('x', 4 * 11 * 13 + 1), StringComparison.Ordinal));
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("context_length_exceeded", (string)error["code"]!);
        Assert.Equal(field, (string)error["param"]!);
        Assert.Equal(11, (int)error["n_ctx"]!);
        Assert.InRange(((FakeTokenizer)server.Engine.Tokenizer).Encoded, 0, 1);
    }

    /// <summary>Four contexts of 11 tokens are counted, what comes after them is not looked at.</summary>
    [Theory]
    [InlineData("/v1/completions", """{"prompt":"@"}""", "prompt")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"@"}]}""", "messages")]
    public async Task Post_TextOfManyContexts_Is400BeforeItIsEncodedToItsEnd(string path, string body, string field)
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { MaxModelLength = 11 });
        using var response = await server.PostAsync(path, body.Replace("@", new string('x', 500), StringComparison.Ordinal));
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("context_length_exceeded", (string)error["code"]!);
        Assert.Equal(field, (string)error["param"]!);
        Assert.Null(error["n_prompt_tokens"]);
        Assert.InRange(((FakeTokenizer)server.Engine.Tokenizer).Encoded, 4 * 11, 5 * 11);
    }
}
