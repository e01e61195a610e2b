using System.Net;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

/// <summary>The tables of wrong values: each is 400 and names its field, and the engine never sees it.</summary>
public sealed class ParameterTests(ParameterTests.Server server) : IClassFixture<ParameterTests.Server>
{
    public static TheoryData<string, string> WrongForBoth => new()
    {
        { "n", "0" }, { "n", "-1" }, { "n", "129" }, { "n", "1000000000" }, { "n", "\"2\"" }, { "n", "1.5" }, { "n", "17" },
        { "max_tokens", "-1" }, { "max_tokens", "2147483648" }, { "max_tokens", "9223372036854775808" }, { "max_tokens", "1e308" },
        { "max_tokens", "1e400" }, { "max_tokens", "\"5\"" }, { "max_tokens", "0" }, { "max_tokens", "5.5" }, { "max_tokens", "[5]" }, { "max_tokens", "true" },
        { "temperature", "-1" }, { "temperature", "3" }, { "temperature", "\"hot\"" }, { "temperature", "1e400" }, { "temperature", "{}" },
        { "top_p", "1.1" }, { "top_p", "-0.1" }, { "top_k", "-5" }, { "top_k", "1.5" }, { "min_p", "2" },
        { "seed", "9223372036854775808" }, { "seed", "-9223372036854775809" }, { "seed", "1e30" }, { "seed", "\"1\"" }, { "seed", "0.5" },
        { "frequency_penalty", "2.1" }, { "presence_penalty", "-2.1" }, { "repetition_penalty", "0" }, { "repetition_penalty", "-1" },
        { "stop", "\"\"" }, { "stop", "[\"\"]" }, { "stop", "5" }, { "stop", "[5]" }, { "stop", "{}" }, { "stop", "[null]" },
        { "stop_token_ids", "[260]" }, { "stop_token_ids", "[-1]" }, { "stop_token_ids", "5" }, { "stop_token_ids", "[\"1\"]" },
        { "logit_bias", "{\"260\":1}" }, { "logit_bias", "{\"-1\":1}" }, { "logit_bias", "{\"x\":1}" }, { "logit_bias", "{\"5\":101}" },
        { "logit_bias", "{\"5\":1,\"05\":2}" }, { "logit_bias", "{\"5\":\"1\"}" }, { "logit_bias", "[]" }, { "logit_bias", "{\"99999999999\":1}" },
        { "min_tokens", "-1" }, { "ignore_eos", "1" }, { "stream", "\"true\"" }, { "stream_options", "{\"include_usage\":true}" }, { "user", "5" },
        { "model", "5" }, { "metadata", "5" }, { "best_of", "2" }, { "response_format", "{\"type\":\"json_object\"}" }, { "response_format", "\"text\"" },
        { "grammar", "\"root ::= x\"" }, { "guided_json", "{}" }, { "structured_outputs", "{}" }, { "service_tier", "\"flex\"" },
        { "length_penalty", "2" }, { "include_stop_str_in_output", "true" }, { "skip_special_tokens", "false" }, { "allowed_token_ids", "[5]" },
        { "truncate_prompt_tokens", "5" }, { "return_token_ids", "true" }, { "n_predict", "5" }, { "n_probs", "5" }, { "repeat_penalty", "1.1" },
        { "typical_p", "0.5" }, { "mirostat", "2" }, { "dynatemp_range", "0.5" }, { "xtc_probability", "0.1" }, { "dry_multiplier", "0.8" },
        { "samplers", "[\"top_k\"]" }, { "use_beam_search", "true" }, { "logits_processors", "[]" }, { "bad_words", "[\"x\"]" }, { "json_schema", "{}" },
        { "prompt_logprobs", "1" },
    };

    public static TheoryData<string, string> WrongForChat => new()
    {
        { "logprobs", "1" }, { "top_logprobs", "1" }, { "top_logprobs", "21" }, { "max_completion_tokens", "0" },
        { "functions", "[{}]" }, { "function_call", "{\"name\":\"f\"}" }, { "tool_choice", "\"required\"" }, { "tool_choice", "{}" },
        { "tools", "5" }, { "tools", "[5]" }, { "tools", "[{\"type\":\"custom\"}]" }, { "tools", "[{\"type\":\"function\"}]" },
        { "chat_template", "\"{{ 1 }}\"" }, { "chat_template_kwargs", "{\"a\":1}" }, { "audio", "{}" }, { "modalities", "[\"audio\"]" },
        { "reasoning_effort", "\"low\"" }, { "store", "true" }, { "prediction", "{}" }, { "web_search_options", "{}" }, { "echo", "true" },
        { "continue_final_message", "true" }, { "documents", "[{}]" }, { "verbosity", "\"low\"" }, { "add_generation_prompt", "5" },
    };

    public static TheoryData<string, string> WrongForCompletions => new()
    {
        { "logprobs", "6" }, { "logprobs", "-1" }, { "logprobs", "true" }, { "echo", "1" }, { "suffix", "\"x\"" },
        { "prompt", "\"\"" }, { "prompt", "[]" }, { "prompt", "[[]]" }, { "prompt", "[260]" }, { "prompt", "[-1]" }, { "prompt", "[1.5]" },
        { "prompt", "[[1],[260]]" }, { "prompt", "[\"\"]" }, { "prompt", "[\"a\",5]" }, { "prompt", "[5,\"a\"]" }, { "prompt", "[[1],\"a\"]" },
        { "prompt", "null" }, { "prompt", "5" }, { "prompt", "{}" }, { "prompt", "[true]" }, { "prompt", "[1e30]" },
    };

    public static TheoryData<string> WrongMessages => new()
    {
        "null", "[]", "[123]", "\"hi\"", "{}", "[null]", "[[]]", "[{}]",
        """[{"role":"wizard","content":"hi"}]""",
        """[{"role":5,"content":"hi"}]""",
        """[{"content":"hi"}]""",
        """[{"role":"user","content":null}]""",
        """[{"role":"user"}]""",
        """[{"role":"user","content":5}]""",
        """[{"role":"user","content":[]}]""",
        """[{"role":"user","content":["hi"]}]""",
        """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x"}}]}]""",
        """[{"role":"user","content":[{"type":"text"}]}]""",
        """[{"role":"user","content":[{"text":"hi"}]}]""",
        """[{"role":"assistant","content":null}]""",
        """[{"role":"assistant","content":null,"tool_calls":[]}]""",
        """[{"role":"assistant","tool_calls":[{"type":"function"}]}]""",
        """[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{"}}]}]""",
        """[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"[]"}}]}]""",
        """[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":\"\\ud800\"}"}}]}]""",
        """[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1,\"a\":2}"}}]}]""",
        """[{"role":"assistant","content":"x","function_call":{"name":"f"}}]""",
        """[{"role":"user","content":"refuse me"}]""",
    };

    [Theory]
    [MemberData(nameof(WrongForBoth))]
    public async Task Post_WrongValue_Is400AndNamesTheField(string field, string value)
    {
        await RefusesAsync("/v1/chat/completions", Chat(field, value), field);
        await RefusesAsync("/v1/completions", Completion(field, value), field);
    }

    [Theory]
    [MemberData(nameof(WrongForChat))]
    public Task Chat_WrongValue_Is400AndNamesTheField(string field, string value) =>
        RefusesAsync("/v1/chat/completions", Chat(field, value), field);

    [Theory]
    [MemberData(nameof(WrongForCompletions))]
    public Task Completions_WrongValue_Is400AndNamesTheField(string field, string value) =>
        RefusesAsync("/v1/completions", field == "prompt" ? $"{{\"prompt\":{value}}}" : Completion(field, value), field);

    [Theory]
    [MemberData(nameof(WrongMessages))]
    public async Task Chat_WrongMessages_Are400(string messages)
    {
        await RefusesAsync("/v1/chat/completions", $"{{\"messages\":{messages}}}", "messages");
        await RefusesAsync("/apply-template", $"{{\"messages\":{messages}}}", "messages");
    }

    [Fact]
    public async Task Stop_TooManyOrTooLong_Is400()
    {
        var many = "[" + string.Join(',', Enumerable.Repeat("\"x\"", 100_000)) + "]";
        await RefusesAsync("/v1/chat/completions", Chat("stop", many), "stop");
        await RefusesAsync("/v1/chat/completions", Chat("stop", $"\"{new string('x', 1 << 20)}\""), "stop");
        await RefusesAsync("/v1/chat/completions", Chat("stop", "[" + string.Join(',', Enumerable.Repeat("\"x\"", 17)) + "]"), "stop");
        await RefusesAsync("/v1/chat/completions", Chat("stop_token_ids", "[" + string.Join(',', Enumerable.Repeat("1", 65)) + "]"), "stop_token_ids");
    }

    [Fact]
    public async Task MinTokens_AboveMaxTokens_Is400() =>
        await RefusesAsync("/v1/completions", """{"prompt":"a","max_tokens":5,"min_tokens":6}""", "min_tokens");

    [Fact]
    public async Task Completions_MorePromptsThanSequences_Is400() =>
        await RefusesAsync("/v1/completions", """{"prompt":["a","b","c"],"n":6}""", "prompt");

    [Fact]
    public async Task Obfuscation_IsRefused() =>
        await RefusesAsync("/v1/completions", """{"prompt":"a","stream":true,"stream_options":{"include_obfuscation":true}}""", "stream_options");

    [Theory]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"hi"}],"model":"other"}""")]
    [InlineData("/v1/completions", """{"prompt":"hi","model":"other"}""")]
    public async Task Post_UnknownModel_Is404(string path, string body)
    {
        using var response = await server.Instance.PostAsync(path, body);
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.NotFound);
        Assert.Equal("model_not_found", (string?)error["code"]);
        Assert.Equal("model", (string?)error["param"]);
    }

    private static string Chat(string field, string value) => $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}],\"{field}\":{value}}}";

    private static string Completion(string field, string value) => $"{{\"prompt\":\"hi\",\"{field}\":{value}}}";

    private async Task RefusesAsync(string path, string body, string field)
    {
        using var response = await server.Instance.PostAsync(path, body);
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
        Assert.StartsWith(field, (string?)error["param"], StringComparison.Ordinal);
        Assert.Empty(server.Instance.Engine.Requests);
        using var next = await server.Instance.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    public sealed class Server : IAsyncLifetime
    {
        public TestServer Instance { get; private set; } = null!;

        public async Task InitializeAsync() => Instance = await TestServer.StartAsync();

        public async Task DisposeAsync() => await Instance.DisposeAsync();
    }
}
