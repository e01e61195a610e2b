using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Generation;
using MoE.Http.Metrics;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Http.Streaming;
using MoE.Model;

namespace MoE.Http.Routes;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatRoute(IEngine engine, HttpSettings settings, BodyBudget budget, StreamPump pump, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        var segments = RenderWithTools(request.Prompt);
        var callsTools = request.Prompt.Tools is not null && segments.Any(segment => segment.Trusted && segment.Text.Contains(ToolCallSplitter.Open, StringComparison.Ordinal));
        var prompt = Encode(segments);
        var sampling = ChoicePlan.Fit(prompt, "messages", request.Sampling, request.MaxTokens, engine);
        var head = ResponseHead.Create("chatcmpl", engine, time);
        var clock = new RequestClock(time, prompt.Length);
        Measured.Start(context, "chat", clock);
        var plan = ChoicePlan.Choices(head.Id, 0, request.Choices, prompt, sampling, request.Stop).ToList();
        await using var choices = ChoiceSet.Start(engine, plan, context.RequestAborted);
        if (request.Options.Stream)
        {
            await pump.RunAsync(context, choices, new ChatStream(head, clock, engine.Tokenizer, request, callsTools));
            return;
        }

        var texts = await ChoiceText.CollectAsync(choices, plan.Count, clock, context.RequestAborted);
        var answers = texts.Select((text, index) => Answer(text, index, request, callsTools)).ToList();
        var response = new ChatResponse(head.Id, "chat.completion", head.Created, head.Model, answers, clock.Usage(), head.SystemFingerprint, clock.Timings());
        await JsonReply.WriteAsync(context, response, HttpJson.Default.ChatResponse);
    }

    /// <summary><c>POST /apply-template</c>: the prompt that the same messages would make.</summary>
    public async Task HandleTemplateAsync(HttpContext context)
    {
        ChatPrompt prompt;
        using (var body = await JsonBody.ReadAsync(context, budget))
            prompt = ChatPrompt.Read(body.Fields, settings);
        var text = string.Concat(Render(prompt).Select(segment => segment.Text));
        await JsonReply.WriteAsync(context, new PromptReply(text), HttpJson.Default.PromptReply);
    }

    private async Task<ChatRequest> ReadAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, budget);
        return ChatRequest.Read(body.Fields, engine, settings);
    }

    private int[] Encode(IReadOnlyList<PromptSegment> segments) => PromptLength.Encode(
        segments.Sum(segment => (long)segment.Text.Length), "messages", engine, maxTokens => PromptEncoder.Encode(segments, engine.Tokenizer, maxTokens));

    /// <summary>As <see cref="Render"/>; tools that the template passes over are refused, so that nobody waits for calls that cannot come.</summary>
    private IReadOnlyList<PromptSegment> RenderWithTools(ChatPrompt prompt)
    {
        var segments = Render(prompt);
        if (prompt.Tools is not null && segments.SequenceEqual(RenderWithoutTools(prompt)))
            throw ApiException.Unsupported("tools", "The model's chat template has no place for 'tools'.");
        return segments;
    }

    /// <summary>Nothing where the template asks for tools, as some do where a message answers a call.</summary>
    private IReadOnlyList<PromptSegment> RenderWithoutTools(ChatPrompt prompt)
    {
        try
        {
            return engine.ChatTemplate.RenderSegments(prompt.Messages, tools: null, prompt.AddGenerationPrompt);
        }
        catch (ChatTemplateException)
        {
            return [];
        }
    }

    private IReadOnlyList<PromptSegment> Render(ChatPrompt prompt)
    {
        try
        {
            return engine.ChatTemplate.RenderSegments(prompt.Messages, prompt.Tools, prompt.AddGenerationPrompt);
        }
        catch (ChatTemplateException failure)
        {
            throw ApiException.Invalid("messages", $"The model's chat template refuses the messages: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private ChatChoice Answer(ChoiceText text, int index, ChatRequest request, bool callsTools)
    {
        var (content, calls) = callsTools ? new ToolCallSplitter().Add(text.Text, last: true) : (text.Text, []);
        return new ChatChoice(
            index,
            new ChatMessage(
                "assistant",
                calls.Count > 0 && content.Length == 0 ? null : content,
                null,
                calls.Count > 0 ? [.. calls.Select(call => ChatToolCall.Create(call, index: null))] : null),
            request.Sampling.Logprobs is null ? null : ChatLogprobsFormat.Create(engine.Tokenizer, text.Tokens),
            FinishReasons.Name(text.Finish, calls.Count));
    }
}
