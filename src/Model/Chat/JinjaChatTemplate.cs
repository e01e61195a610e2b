using System.Text.Json.Nodes;
using MoE.Jinja;

namespace MoE.Model.Chat;

/// <summary>
/// A template run with the variables that transformers' <c>apply_chat_template</c> gives it. A token that the model lacks stays
/// undefined, as in transformers, so that <c>{{ bos_token }}</c> writes nothing. Thread-safe.
/// </summary>
internal sealed class JinjaChatTemplate(JinjaTemplate template, string? bosToken, string? eosToken, TimeProvider time) : ChatTemplate
{
    public override string Render(JsonArray messages, JsonArray? tools = null, bool addGenerationPrompt = true) =>
        Run(messages, tools, addGenerationPrompt).Text;

    public override IReadOnlyList<PromptSegment> RenderSegments(JsonArray messages, JsonArray? tools, bool addGenerationPrompt) =>
        [.. Run(messages, tools, addGenerationPrompt).Segments.Select(segment => new PromptSegment(segment.Text, segment.Trusted))];

    private JinjaOutput Run(JsonArray messages, JsonArray? tools, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var inputs = new Dictionary<string, object?>
        {
            ["messages"] = JinjaInput.Untrusted(messages, MessageTrust.IsKnownRole),
            ["tools"] = tools is null ? null : JinjaInput.Untrusted(tools),
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        if (bosToken is not null)
            inputs["bos_token"] = bosToken;
        if (eosToken is not null)
            inputs["eos_token"] = eosToken;

        try
        {
            return template.Render(inputs, time);
        }
        catch (JinjaException error)
        {
            throw new ChatTemplateException(error.Raised ? error.Reason : $"chat template: {error.Message}");
        }
    }
}
