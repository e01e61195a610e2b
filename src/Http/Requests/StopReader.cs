using System.Text;
using System.Text.Json;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads <c>stop</c> and <c>stop_token_ids</c>.</summary>
internal static class StopReader
{
    /// <summary>A string, or a bounded array of them.</summary>
    public static IReadOnlyList<string> Strings(Fields fields, HttpSettings settings)
    {
        if (fields.Get("stop") is not { } stop)
            return [];
        if (stop.ValueKind == JsonValueKind.String)
            return [One(stop, "stop", settings)];
        if (stop.ValueKind != JsonValueKind.Array)
            throw Fields.Mistake("stop", "a string or an array of strings", stop);
        if (stop.GetArrayLength() > settings.MaxStopStrings)
            throw ApiException.Invalid("stop", $"'stop' has {stop.GetArrayLength()} strings; at most {settings.MaxStopStrings} are allowed.");
        return [.. stop.EnumerateArray().Select((item, index) => One(item, $"stop[{index}]", settings))];
    }

    public static IReadOnlyList<int> TokenIds(Fields fields, HttpSettings settings, int vocabSize)
    {
        if (fields.Array("stop_token_ids") is not { } ids)
            return [];
        if (ids.GetArrayLength() > settings.MaxStopTokenIds)
            throw ApiException.Invalid("stop_token_ids", $"'stop_token_ids' has {ids.GetArrayLength()} ids; at most {settings.MaxStopTokenIds} are allowed.");
        return TokenIdReader.Read(ids, "stop_token_ids", vocabSize);
    }

    private static string One(JsonElement item, string path, HttpSettings settings)
    {
        if (item.ValueKind != JsonValueKind.String)
            throw Fields.Mistake(path, "a string", item);
        var text = item.GetString()!;
        if (text.Length == 0)
            throw ApiException.Invalid("stop", $"'{path}' is empty.");
        if (Encoding.UTF8.GetByteCount(text) > settings.MaxStopStringBytes)
            throw ApiException.Invalid("stop", $"'{path}' is longer than {settings.MaxStopStringBytes} bytes.");
        return text;
    }
}
