using System.Globalization;
using System.Text.Json;

namespace MoE.Model;

/// <summary>An object of a JSON file, with getters that name the file and the field when a value will not do. null counts as absent.</summary>
/// <param name="file">For errors.</param>
/// <param name="element">The object.</param>
/// <param name="prefix">Before the names in errors: <c>rope_scaling.</c></param>
internal sealed class JsonFields(string file, JsonElement element, string prefix = "")
{
    public string File => file;

    /// <exception cref="ModelFormatException">The file holds no object.</exception>
    public static JsonFields Root(string file, JsonDocument json) => json.RootElement.ValueKind == JsonValueKind.Object
        ? new JsonFields(file, json.RootElement)
        : throw new ModelFormatException($"{file}: the file holds {Kind(json.RootElement)}; it must hold an object");

    public bool Has(string name) => Find(name) is not null;

    public JsonElement? Find(string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public int? Int(string name, long least, long most)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
            throw Wrong(name, value, "an integer");
        return number >= least && number <= most
            ? (int)number
            : throw new ModelFormatException($"{file}: {prefix}{name} is {number}; it must be {least} to {most}");
    }

    public int RequiredInt(string name, long least, long most) => Int(name, least, most) ?? throw Missing(name);

    /// <summary>A finite number, or null where the field is absent.</summary>
    public float? Float(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number))
            throw Wrong(name, value, "a number");
        return float.IsFinite((float)number) ? (float)number : throw Wrong(name, value, "a finite number");
    }

    public float? PositiveFloat(string name)
    {
        var number = Float(name);
        return number is null or > 0
            ? number
            : throw new ModelFormatException($"{file}: {prefix}{name} is {number.Value.ToString(CultureInfo.InvariantCulture)}; it must be above 0");
    }

    /// <summary>A number within bounds, or null where the field is absent.</summary>
    public float? Float(string name, float least, float most)
    {
        var number = Float(name);
        return number is null || (number >= least && number <= most) ? number : throw new ModelFormatException(
            string.Create(CultureInfo.InvariantCulture, $"{file}: {prefix}{name} is {number}; it must be {least} to {most}"));
    }

    public bool? Bool(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(name, other, "true or false"),
    };

    public string? String(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } other => throw Wrong(name, other, "a string"),
    };

    /// <summary>A list of integers, one integer counting as a list of one.</summary>
    public int[]? Ints(string name, int least, int most)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return [Int(name, least, most)!.Value];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, value, "a list of integers");
        return [.. value.EnumerateArray().Select(entry =>
            entry.ValueKind == JsonValueKind.Number && entry.TryGetInt64(out var number) && number >= least && number <= most
                ? (int)number
                : throw new ModelFormatException($"{file}: {prefix}{name} holds {Text(entry)}; integers of {least} to {most} are allowed"))];
    }

    public JsonFields? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new JsonFields(file, value, $"{prefix}{name}."),
        { } other => throw Wrong(name, other, "an object"),
    };

    public ModelFormatException Missing(string name) => new($"{file}: {prefix}{name} is missing");

    public ModelFormatException Wrong(string name, JsonElement value, string wanted) =>
        new($"{file}: {prefix}{name} is {Text(value)}; it must be {wanted}");

    public static string Text(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
        ? Kind(value)
        : Names.Printable(value.GetRawText());

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        var kind => $"a {kind}",
    };
}
