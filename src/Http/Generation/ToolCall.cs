using System.Text.Json;

namespace MoE.Http.Generation;

/// <summary>A call that a model wrote.</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">A JSON object as the model wrote it.</param>
internal sealed record ToolCall(string Name, string Arguments)
{
    private const int MaxDepth = 64;

    /// <summary>Reads <c>{"name": …, "arguments": {…}}</c>; null for anything else.</summary>
    public static ToolCall? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var call = document.RootElement;
            if (call.ValueKind != JsonValueKind.Object
                || !call.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { Length: > 0 } function)
                return null;
            if (!call.TryGetProperty("arguments", out var arguments))
                return new ToolCall(function, "{}");
            return arguments.ValueKind == JsonValueKind.Object ? new ToolCall(function, arguments.GetRawText()) : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // No JSON, or a name that is no text: then it is what the model says.
            return null;
        }
    }
}
