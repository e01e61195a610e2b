using System.Text.Json;

namespace MoE.Tokenization.HuggingFace;

/// <summary>A JSON value that knows where it stands, for error messages.</summary>
/// <param name="Path">The file and the field, say <c>model/tokenizer.json: normalizer.type</c>.</param>
/// <param name="Value">The value; undefined where it is missing.</param>
internal readonly record struct JsonField(string Path, JsonElement Value)
{
    private const int MaxShownChars = 80;

    public bool IsNull => Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member; null where it is missing.</summary>
    public JsonField this[string name]
    {
        get
        {
            if (Value.ValueKind != JsonValueKind.Object) throw Fail("expected an object");
            Value.TryGetProperty(name, out var member);
            return new JsonField(Join(name), member);
        }
    }

    public IEnumerable<JsonField> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array) throw Fail("expected an array");
        var index = 0;
        foreach (var item in Value.EnumerateArray()) yield return new JsonField($"{Path}[{index++}]", item);
    }

    public IEnumerable<(string Name, JsonField Field)> Members()
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Fail("expected an object");
        foreach (var member in Value.EnumerateObject()) yield return (member.Name, new JsonField(Join(member.Name), member.Value));
    }

    public string String() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Fail("expected a string");

    public string? StringOrNull() => IsNull ? null : String();

    public bool Bool(bool whenMissing) => BoolOrNull() ?? whenMissing;

    public bool? BoolOrNull() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => IsNull ? null : throw Fail("expected true or false"),
    };

    /// <summary>An integer of 0 to <paramref name="max"/>.</summary>
    public int Int(int max) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var value) && value >= 0 && value <= max
            ? value
            : throw Fail($"expected an integer of 0 to {max}");

    public char Char() => String() is { Length: 1 } text ? text[0] : throw Fail("expected one character");

    public TokenizerFormatException Fail(string problem)
    {
        var shown = IsNull ? "null" : Value.GetRawText();
        if (shown.Length > MaxShownChars) shown = shown[..MaxShownChars] + "…";
        return new TokenizerFormatException($"{Path}: {shown.ReplaceLineEndings(" ")}: {problem}");
    }

    public TokenizerFormatException Unsupported(string supported) => Fail($"not supported; supported: {supported}");

    private string Join(string name) => Path.EndsWith(':') ? $"{Path} {name}" : $"{Path}.{name}";
}
