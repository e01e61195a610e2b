using System.Text.Json.Nodes;

namespace MoE.Model;

/// <summary>Renders messages to a prompt with the model's own template.</summary>
public abstract class ChatTemplate
{
    /// <summary>The text the model is to continue.</summary>
    /// <param name="messages">OpenAI messages: objects with role, content and whatever else the template reads.</param>
    /// <param name="tools">OpenAI tools, or null.</param>
    /// <param name="addGenerationPrompt">Whether the assistant's opening is appended.</param>
    /// <exception cref="ChatTemplateException">The template raised, or went over a limit.</exception>
    public abstract string Render(JsonArray messages, JsonArray? tools = null, bool addGenerationPrompt = true);

    /// <summary>As <see cref="Render"/>, cut where the template's own text and the messages' text meet; the texts joined equal the prompt.</summary>
    public abstract IReadOnlyList<PromptSegment> RenderSegments(JsonArray messages, JsonArray? tools, bool addGenerationPrompt);
}

/// <summary>A piece of a prompt.</summary>
/// <param name="Text">The text.</param>
/// <param name="Trusted">Whether the template wrote it, so that special tokens' text in it becomes those tokens.</param>
public sealed record PromptSegment(string Text, bool Trusted);

/// <summary>A template refused its input (a client's mistake) or broke a limit; the message is for the client.</summary>
public sealed class ChatTemplateException(string message) : Exception(message);
