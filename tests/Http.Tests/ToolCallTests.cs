using System.Net;
using System.Text.Json.Nodes;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class ToolCallTests
{
    private const string Path = "/v1/chat/completions";
    private const string Fields = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
    private const string Answer = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\"}\n</tool_call>";

    [Fact]
    public async Task Chat_ToolCalls_AreTakenOutOfTheText()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => Answer });
        var choice = (await server.AskAsync(Path, $"{{{Fields}}}"))["choices"]![0]!;
        Assert.Equal("tool_calls", (string)choice["finish_reason"]!);
        var message = choice["message"]!.AsObject();
        Assert.True(message.ContainsKey("content"));
        Assert.Null(message["content"]);
        var calls = message["tool_calls"]!.AsArray();
        Assert.Equal(["f", "g"], calls.Select(call => (string)call!["function"]!["name"]!));
        Assert.Equal(["""{"a": 1}""", "{}"], calls.Select(call => (string)call!["function"]!["arguments"]!));
        Assert.All(calls, call => Assert.Equal("function", (string)call!["type"]!));
        Assert.Equal(2, calls.Select(call => (string)call!["id"]!).Distinct().Count());
        Assert.All(calls, call => Assert.False(call!.AsObject().ContainsKey("index")));
    }

    [Fact]
    public async Task Chat_StreamedToolCalls_AreNumberedByChoice()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = request => request.RequestId.EndsWith("-0", StringComparison.Ordinal) ? $"So: {Answer}" : "none" });
        var events = await server.StreamAsync(Path, $"{{{Fields},\"stream\":true,\"n\":2}}");
        var choices = events[..^1].Select(data => JsonNode.Parse(data)!["choices"]![0]!).ToLookup(choice => (int)choice["index"]!);
        Assert.Equal(["So:", "none"], Enumerable.Range(0, 2).Select(i => string.Concat(choices[i].Select(choice => (string?)choice["delta"]!["content"]))));
        var calls = choices[0].Where(choice => choice["delta"]!["tool_calls"] is not null).SelectMany(choice => choice["delta"]!["tool_calls"]!.AsArray()).ToList();
        Assert.Equal([0, 1], calls.Select(call => (int)call!["index"]!));
        Assert.Equal(["f", "g"], calls.Select(call => (string)call!["function"]!["name"]!));
        Assert.DoesNotContain(choices[1], choice => choice["delta"]!["tool_calls"] is not null);
        Assert.Equal(["tool_calls", "stop"], Enumerable.Range(0, 2).Select(i => (string)choices[i].Last()["finish_reason"]!));
    }

    [Theory]
    [InlineData("\"tool_choice\":\"none\"")]
    [InlineData("\"tools\":[]")]
    public async Task Chat_NoToolsAreOffered_TextStaysText(string fields)
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => Answer });
        var body = fields.StartsWith("\"tools\"", StringComparison.Ordinal) ? $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}],{fields}}}" : $"{{{Fields},{fields}}}";
        var choice = (await server.AskAsync(Path, body))["choices"]![0]!;
        Assert.Equal(Answer, (string)choice["message"]!["content"]!);
        Assert.False(choice["message"]!.AsObject().ContainsKey("tool_calls"));
        Assert.Equal("stop", (string)choice["finish_reason"]!);
    }

    [Fact]
    public async Task Chat_ACallThatIsCut_IsTextAndSaysThatItWasCut()
    {
        await using var server = await TestServer.StartAsync(new FakeEngine { Reply = _ => Answer });
        var choice = (await server.AskAsync(Path, $"{{{Fields},\"max_tokens\":20}}"))["choices"]![0]!;
        Assert.Equal(Answer[..20], (string)choice["message"]!["content"]!);
        Assert.Equal("length", (string)choice["finish_reason"]!);
    }

    [Fact]
    public async Task Chat_ATemplateThatInsistsOnTools_IsGivenThem()
    {
        await using var server = await TestServer.StartAsync();
        await server.AskAsync(Path, $"{{{Fields.Replace("\"hi\"", "\"needs tools\"", StringComparison.Ordinal)}}}");
        Assert.Single(server.Engine.Requests);
    }

    [Fact]
    public async Task Chat_ToolsForATemplateWithoutAny_Is400()
    {
        await using var server = await TestServer.StartAsync();
        server.Engine.Template.TakesTools = false;
        using var response = await server.PostAsync(Path, $"{{{Fields}}}");
        var error = await ErrorCheck.IsErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("tools", (string)error["param"]!);
        Assert.Empty(server.Engine.Requests);
    }
}
