using System.Text.Json.Nodes;
using MoE.Model;

namespace MoE.Http.Tests.Fakes;

/// <summary><c>&lt;s&gt;&lt;|user|&gt;text…&lt;|assistant|&gt;</c>, with tools behind the first token; refuses a message that says "refuse me", or "needs tools" where there are none.</summary>
internal sealed class FakeTemplate : ChatTemplate
{
    public JsonArray? LastMessages { get; private set; }

    public JsonArray? LastTools { get; private set; }

    /// <summary>Whether it writes tools; many templates pass over them.</summary>
    public bool TakesTools { get; set; } = true;

    public override string Render(JsonArray messages, JsonArray? tools = null, bool addGenerationPrompt = true) =>
        string.Concat(RenderSegments(messages, tools, addGenerationPrompt).Select(segment => segment.Text));

    public override IReadOnlyList<PromptSegment> RenderSegments(JsonArray messages, JsonArray? tools, bool addGenerationPrompt)
    {
        LastMessages = messages;
        LastTools = tools ?? LastTools;
        var segments = new List<PromptSegment> { new("<s>", true) };
        if (tools is not null && TakesTools)
            segments.AddRange([new PromptSegment("call as <tool_call>:", true), new PromptSegment(tools.ToJsonString(), false)]);
        foreach (var message in messages)
        {
            var content = (string?)message!["content"] ?? string.Empty;
            if (content == "refuse me" || (content == "needs tools" && tools is null))
                throw new ChatTemplateException("roles must alternate,\nuser first");
            segments.Add(new PromptSegment((string?)message["role"] == "assistant" ? "<|assistant|>" : "<|user|>", true));
            segments.Add(new PromptSegment(content, false));
        }

        if (addGenerationPrompt)
            segments.Add(new PromptSegment("<|assistant|>", true));
        return segments;
    }
}
