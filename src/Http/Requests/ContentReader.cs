using System.Text.Json;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads a message's <c>content</c>: a string, or text parts, which are joined with line breaks as vLLM and llama-server do.</summary>
internal static class ContentReader
{
    /// <param name="message">The message.</param>
    /// <param name="mayBeNull">Whether it may have none; it is then empty, as vLLM has it: many templates add it to a text.</param>
    public static string Read(Fields message, bool mayBeNull)
    {
        var path = message.Path("content");
        if (message.Get("content") is not { } content)
            return mayBeNull ? string.Empty : throw ApiException.Invalid(path, $"'{path}' is missing or null.");
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array when content.GetArrayLength() > 0 =>
                string.Join('\n', content.EnumerateArray().Select((part, index) => Part(part, $"{path}[{index}]"))),
            _ => throw Fields.Mistake(path, "a string or an array of text parts", content),
        };
    }

    private static string Part(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object)
            throw Fields.Mistake(path, "an object", part);
        var fields = new Fields(part, path);
        var type = fields.Text("type");
        if (type != "text")
            throw ApiException.Invalid(fields.Path("type"), $"'{fields.Path("type")}' is '{Clip.Text(type ?? "null")}'; this model reads text only.");
        return fields.Text("text") ?? throw ApiException.Invalid(fields.Path("text"), $"'{fields.Path("text")}' is missing.");
    }
}
