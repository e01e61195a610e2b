using System.Globalization;
using System.Text.Json;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads an object's fields by type and range. A field that is null is absent; every mistake names the field and what it may be.</summary>
internal readonly struct Fields(JsonElement source, string path)
{
    // Integers above this have no exact double, so "1e300" is never taken for one.
    private const double MaxExactDouble = 9007199254740992;

    public string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The field's value, or null where it is absent or null.</summary>
    public JsonElement? Get(string name) =>
        source.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool? Bool(string name) => Get(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Mistake(Path(name), "true or false", other),
    };

    public string? Text(string name) => Get(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Mistake(Path(name), "a string", other),
    };

    public JsonElement? Array(string name) => Get(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } array => array,
        { } other => throw Mistake(Path(name), "an array", other),
    };

    public Fields? Object(string name) => Get(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } inner => new Fields(inner, Path(name)),
        { } other => throw Mistake(Path(name), "an object", other),
    };

    public IEnumerable<JsonProperty> Properties() => source.EnumerateObject();

    public long? Long(string name, long min = long.MinValue, long max = long.MaxValue) =>
        Get(name) is { } value ? Long(value, Path(name), min, max) : null;

    public int? Int(string name, int min, int max) => (int?)Long(name, min, max);

    public float? Number(string name, double min, double max)
    {
        if (Get(name) is not { } value)
            return null;
        return Number(value, Path(name), min, max);
    }

    public static float Number(JsonElement value, string path, double min, double max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
            return (float)number;
        throw Mistake(path, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"), value);
    }

    public static long Long(JsonElement value, string path, long min, long max)
    {
        if (value.ValueKind == JsonValueKind.Number && TryGetInteger(value, out var number) && number >= min && number <= max)
            return number;
        throw Mistake(path, string.Create(CultureInfo.InvariantCulture, $"an integer from {min} to {max}"), value);
    }

    /// <summary>The error for a value at <paramref name="path"/> that is not <paramref name="expected"/>.</summary>
    public static ApiException Mistake(string path, string expected, JsonElement actual)
    {
        var shown = actual.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            _ => Clip.Text(actual.GetRawText()),
        };
        return ApiException.Invalid(path, $"'{path}' must be {expected}, not {shown}.");
    }

    // JSON Schema counts 16.0 as an integer, and some clients send it.
    private static bool TryGetInteger(JsonElement value, out long number)
    {
        if (value.TryGetInt64(out number))
            return true;
        if (!value.TryGetDouble(out var real) || Math.Abs(real) > MaxExactDouble || real != Math.Floor(real))
            return false;
        number = (long)real;
        return true;
    }
}
