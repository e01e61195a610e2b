using System.Text.Json;
using System.Text.Json.Nodes;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Checks <c>messages</c> and gives them the form that Hugging Face's chat templates expect.</summary>
internal static class MessagesReader
{
    public static JsonArray Read(Fields fields, HttpSettings settings)
    {
        if (fields.Array("messages") is not { } messages)
            throw ApiException.Invalid("messages", "'messages' is missing.");
        if (messages.GetArrayLength() == 0)
            throw ApiException.Invalid("messages", "'messages' is empty.");
        if (messages.GetArrayLength() > settings.MaxMessages)
            throw ApiException.Invalid("messages", $"'messages' has {messages.GetArrayLength()} entries; at most {settings.MaxMessages} are allowed.");
        var read = new JsonArray();
        foreach (var message in messages.EnumerateArray())
            read.Add((JsonNode)One(message, $"messages[{read.Count}]"));
        return read;
    }

    private static JsonObject One(JsonElement message, string path)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw Fields.Mistake(path, "an object", message);
        var fields = new Fields(message, path);
        var role = Role(fields);
        fields.Text("name");
        fields.Text("tool_call_id");
        if (fields.Get("function_call") is not null)
            throw ApiException.NotImplemented(fields.Path("function_call"));

        var toolCalls = role == "assistant" ? ToolCallsReader.Read(fields) : null;
        var read = JsonObject.Create(message.Clone())!;
        read["role"] = role;
        read["content"] = ContentReader.Read(fields, mayBeNull: toolCalls is not null);
        read.Remove("tool_calls");
        if (toolCalls is not null)
            read["tool_calls"] = toolCalls;
        return read;
    }

    private static string Role(Fields fields) => fields.Text("role") switch
    {
        null => throw ApiException.Invalid(fields.Path("role"), $"'{fields.Path("role")}' is missing."),
        // OpenAI's newer name of the same role; templates know the older one.
        "developer" => "system",
        "system" or "user" or "assistant" or "tool" => fields.Text("role")!,
        var other => throw ApiException.Invalid(
            fields.Path("role"),
            $"'{fields.Path("role")}' is '{Clip.Text(other)}'; it must be system, developer, user, assistant or tool."),
    };
}
