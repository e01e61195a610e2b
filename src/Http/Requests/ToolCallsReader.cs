using System.Text.Json;
using System.Text.Json.Nodes;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads an assistant message's <c>tool_calls</c>. Their arguments travel as a JSON string; templates expect the object.</summary>
internal static class ToolCallsReader
{
    private const int MaxArgumentsDepth = 64;
    private const int MaxCalls = 128;

    public static JsonArray? Read(Fields message)
    {
        if (message.Array("tool_calls") is not { } calls || calls.GetArrayLength() == 0)
            return null;
        if (calls.GetArrayLength() > MaxCalls)
            throw ApiException.Invalid(message.Path("tool_calls"), $"'{message.Path("tool_calls")}' has {calls.GetArrayLength()} entries; at most {MaxCalls} are allowed.");
        var read = new JsonArray();
        foreach (var call in calls.EnumerateArray())
            read.Add((JsonNode)One(call, $"{message.Path("tool_calls")}[{read.Count}]"));
        return read;
    }

    private static JsonObject One(JsonElement call, string path)
    {
        if (call.ValueKind != JsonValueKind.Object)
            throw Fields.Mistake(path, "an object", call);
        var fields = new Fields(call, path);
        fields.Text("id");
        var function = fields.Object("function") ?? throw ApiException.Invalid(fields.Path("function"), $"'{fields.Path("function")}' is missing.");
        if (function.Text("name") is null)
            throw ApiException.Invalid(function.Path("name"), $"'{function.Path("name")}' is missing.");
        var read = JsonObject.Create(call.Clone())!;
        read["function"]!.AsObject()["arguments"] = Arguments(function);
        return read;
    }

    private static JsonObject Arguments(Fields function)
    {
        var path = function.Path("arguments");
        var text = function.Text("arguments");
        if (string.IsNullOrEmpty(text))
            return new JsonObject();
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = MaxArgumentsDepth, AllowDuplicateProperties = false };
            if (JsonNode.Parse(text, documentOptions: options) is JsonObject arguments && HasValidText(arguments))
                return arguments;
        }
        catch (JsonException)
        {
            // Told below, with the field's name.
        }

        throw ApiException.Invalid(path, $"'{path}' must be a JSON object written as a string.");
    }

    // An escape inside the string can hold a lone surrogate that the outer check cannot see.
    private static bool HasValidText(JsonObject arguments)
    {
        try
        {
            arguments.ToJsonString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
