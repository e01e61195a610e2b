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
}

/// <summary>A template refused its input (a client's mistake) or broke a limit; the message is for the client.</summary>
public sealed class ChatTemplateException(string message) : Exception(message);
