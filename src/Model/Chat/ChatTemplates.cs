using MoE.Jinja;

namespace MoE.Model.Chat;

/// <summary>Makes a model's <see cref="ChatTemplate"/>.</summary>
public static class ChatTemplates
{
    /// <summary>The model's own template, or the one its family was published with where the files have none.</summary>
    /// <param name="templateSource">Jinja source, or null or blank where the files have none.</param>
    /// <param name="family">The family whose format stands in.</param>
    /// <param name="bosToken">Text of the beginning-of-sequence token, or null.</param>
    /// <param name="eosToken">Text of the end-of-sequence token, or null.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="ChatTemplateException">The source does not parse, or is too large; the message names the template's line.</exception>
    public static ChatTemplate Create(string? templateSource, ModelFamily family, string? bosToken, string? eosToken, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        string source = string.IsNullOrWhiteSpace(templateSource) ? FamilyTemplates.Of(family) : templateSource;
        try
        {
            return new JinjaChatTemplate(JinjaTemplate.Parse(source), bosToken, eosToken, time);
        }
        catch (JinjaException error)
        {
            throw new ChatTemplateException($"chat template: {error.Message}");
        }
    }
}
