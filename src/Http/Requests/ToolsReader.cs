using System.Text.Json;
using System.Text.Json.Nodes;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c>: tools go to the template; what the model writes is free, so no call can be forced.</summary>
internal static class ToolsReader
{
    private const int MaxTools = 128;

    public static JsonArray? Read(Fields fields)
    {
        var choice = fields.Get("tool_choice");
        if (choice is { } wanted && !(wanted.ValueKind == JsonValueKind.String && wanted.GetString() is "auto" or "none"))
            throw ApiException.NotImplemented("tool_choice", "\"auto\" or \"none\"");
        fields.Bool("parallel_tool_calls");
        if (fields.Array("tools") is not { } tools || tools.GetArrayLength() == 0)
            return null;
        if (tools.GetArrayLength() > MaxTools)
            throw ApiException.Invalid("tools", $"'tools' has {tools.GetArrayLength()} entries; at most {MaxTools} are allowed.");
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
            Check(tool, $"tools[{index++}]");
        return choice?.GetString() == "none" ? null : JsonArray.Create(tools.Clone());
    }

    private static void Check(JsonElement tool, string path)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            throw Fields.Mistake(path, "an object", tool);
        var fields = new Fields(tool, path);
        if (fields.Text("type") is not "function")
            throw ApiException.Invalid(fields.Path("type"), $"'{fields.Path("type")}' must be \"function\".");
        if (fields.Object("function")?.Text("name") is null)
            throw ApiException.Invalid(fields.Path("function.name"), $"'{fields.Path("function.name")}' is missing.");
    }
}
