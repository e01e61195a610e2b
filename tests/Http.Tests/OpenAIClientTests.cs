using System.ClientModel;
using MoE.Engine;
using MoE.Http.Tests.Fakes;
using OpenAI;
using OpenAI.Chat;

namespace MoE.Http.Tests;

/// <summary>The vendor's own client against the surface.</summary>
public sealed class OpenAIClientTests
{
    [Fact]
    public async Task CompleteChat_WithAKey_ReadsTheAnswer()
    {
        await using var server = await TestServer.StartAsync(settings: new HttpSettings { ApiKeys = ["key"] });
        var client = Client(server, "key");
        ChatCompletion answer = await client.CompleteChatAsync(
            [new SystemChatMessage("be brief"), new UserChatMessage("hi")],
            new ChatCompletionOptions { Temperature = 0.5f, MaxOutputTokenCount = 50, IncludeLogProbabilities = true, TopLogProbabilityCount = 2, StopSequences = { "rld" } });
        Assert.Equal("Hello, wo", answer.Content[0].Text);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(9, answer.ContentTokenLogProbabilities.Count);
        Assert.Equal(2, answer.ContentTokenLogProbabilities[0].TopLogProbabilities.Count);
        Assert.Equal(50, server.Engine.Single.Sampling.MaxTokens);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("openai/v1")]
    public async Task CompleteChatStreaming_Updates_MakeTheText(string path)
    {
        await using var server = await TestServer.StartAsync();
        var text = string.Empty;
        ChatTokenUsage? usage = null;
        await foreach (var update in Client(server, "any", path).CompleteChatStreamingAsync(new UserChatMessage("hi")))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        Assert.Equal("Hello, world!", text);
        Assert.Equal(14, usage!.OutputTokenCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompleteChat_ToolCalls_AreReadAndAnswered(bool streamed)
    {
        var engine = new FakeEngine { Reply = _ => """<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>""" };
        await using var server = await TestServer.StartAsync(engine);
        var client = Client(server, "any");
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("f") } };
        string? id = null, name = null, arguments = null;
        OpenAI.Chat.ChatFinishReason? finish = null;
        if (streamed)
        {
            await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("hi")], options))
            {
                foreach (var call in update.ToolCallUpdates)
                    (id, name, arguments) = (call.ToolCallId, call.FunctionName, call.FunctionArgumentsUpdate.ToString());
                finish = update.FinishReason ?? finish;
            }
        }
        else
        {
            ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("hi")], options);
            var call = Assert.Single(answer.ToolCalls);
            (id, name, arguments, finish) = (call.Id, call.FunctionName, call.FunctionArguments.ToString(), answer.FinishReason);
        }

        Assert.Equal(("f", """{"a": 1}""", OpenAI.Chat.ChatFinishReason.ToolCalls), (name, arguments, finish));
        engine.Reply = _ => "It is 1.";
        ChatCompletion next = await client.CompleteChatAsync(
            [new UserChatMessage("hi"), new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall(id, name, BinaryData.FromString(arguments!))]), new ToolChatMessage(id, "1")], options);
        Assert.Equal("It is 1.", next.Content[0].Text);
    }

    [Fact]
    public async Task CompleteChat_QueueFull_IsRetriedAsRetryAfterSays()
    {
        var refusals = 1;
        var engine = new FakeEngine
        {
            Before = (_, _, _) => Interlocked.Decrement(ref refusals) >= 0 ? throw new EngineException(EngineError.QueueFull, "full") : Task.CompletedTask,
        };
        await using var server = await TestServer.StartAsync(engine, new HttpSettings { RetryAfter = TimeSpan.FromMilliseconds(1) });
        ChatCompletion answer = await Client(server, "any").CompleteChatAsync(new UserChatMessage("hi"));
        Assert.Equal("Hello, world!", answer.Content[0].Text);
        Assert.Equal(2, engine.Requests.Count);
    }

    [Fact]
    public async Task CompleteChat_UnknownModel_FailsWithTheServersMessage()
    {
        await using var server = await TestServer.StartAsync();
        var failure = await Assert.ThrowsAsync<ClientResultException>(() => Client(server, "any", model: "other").CompleteChatAsync(new UserChatMessage("hi")));
        Assert.Equal(404, failure.Status);
        Assert.Contains("'other' does not exist", failure.Message, StringComparison.Ordinal);
    }

    private static ChatClient Client(TestServer server, string key, string path = "v1", string model = "test-model") =>
        new(model, new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, path) });
}
