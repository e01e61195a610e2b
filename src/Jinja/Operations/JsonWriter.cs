using System.Globalization;

namespace MoE.Jinja.Operations;

/// <summary>How <see cref="JsonWriter"/> writes.</summary>
/// <param name="ItemSeparator">Between items.</param>
/// <param name="KeySeparator">Between a key and its value.</param>
/// <param name="Indent">What one level is indented by, or null for one line.</param>
/// <param name="EnsureAscii">Whether other characters are escaped.</param>
/// <param name="SortKeys">Whether members are put in the order of their keys.</param>
internal sealed record JsonStyle(string ItemSeparator, string KeySeparator, string? Indent, bool EnsureAscii, bool SortKeys);

/// <summary>Python's <c>json.dumps</c>, which transformers' <c>tojson</c> is (without Jinja's HTML escapes).</summary>
internal sealed class JsonWriter(Runtime runtime, JsonStyle style)
{
    private readonly TextBuilder _output = new(runtime);

    /// <summary>The JSON text, untrusted as a whole if any string inside is.</summary>
    public static StringValue Dump(Runtime runtime, Value value, JsonStyle style)
    {
        var writer = new JsonWriter(runtime, style);
        writer.Write(value, 1);
        string text = writer._output.ToValue().Text;
        return Repr.IsTrusted(runtime, value) ? new StringValue(text) : StringValue.Untrusted(text);
    }

    private void Write(Value value, int level)
    {
        runtime.EnsureStack();
        runtime.Charge(1);
        switch (value)
        {
            case StringValue text:
                WriteString(text.Text);
                break;
            case SequenceValue sequence when sequence is not RangeValue:
                WriteMany('[', sequence.Elements, level, item => Write(item, level + 1), ']');
                break;
            case DictValue dict:
                IReadOnlyList<(Value Key, Value Value)> entries = style.SortKeys ? Sorted(dict) : dict.Entries;
                WriteMany('{', entries, level, entry => WriteEntry(entry, level), '}');
                break;
            default:
                _output.Append(Scalar(value) ?? throw runtime.Error($"object of type {value.TypeName} is not JSON serializable"));
                break;
        }
    }

    private void WriteMany<T>(char open, IReadOnlyList<T> items, int level, Action<T> write, char close)
    {
        _output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _output.Append(style.ItemSeparator);
            BreakLine(level);
            write(items[i]);
        }

        if (items.Count > 0)
            BreakLine(level - 1);
        _output.Append(close);
    }

    private void WriteEntry((Value Key, Value Value) entry, int level)
    {
        WriteString(entry.Key is StringValue key ? key.Text : Scalar(entry.Key)!);
        _output.Append(style.KeySeparator);
        Write(entry.Value, level + 1);
    }

    private void BreakLine(int level)
    {
        if (style.Indent is null)
            return;
        _output.Append('\n');
        for (int i = 0; i < level; i++)
            _output.Append(style.Indent);
    }

    private static string? Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BoolValue flag => flag.Truthy ? "true" : "false",
        IntValue number => number.AsInteger.ToString(CultureInfo.InvariantCulture),
        FloatValue { AsDouble: double.NaN } => "NaN",
        FloatValue { AsDouble: double.PositiveInfinity } => "Infinity",
        FloatValue { AsDouble: double.NegativeInfinity } => "-Infinity",
        FloatValue number => FloatText.Of(number.AsDouble),
        _ => null,
    };

    private (Value Key, Value Value)[] Sorted(DictValue dict) =>
        StableSort.Sort(dict.Entries, (a, b) => Comparison.Order(runtime, "<", a.Key, b.Key));

    private void WriteString(string text)
    {
        _output.Append('"');
        int start = 0;
        for (int i = 0; i < text.Length; i++)
            if (Escape(text[i]) is { } escape)
            {
                _output.Append(text[start..i]);
                _output.Append(escape);
                start = i + 1;
            }

        _output.Append(text[start..]);
        _output.Append('"');
    }

    private string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\f' => "\\f",
        '\b' => "\\b",
        < ' ' => $"\\u{(int)c:x4}",
        > '\x7e' when style.EnsureAscii => $"\\u{(int)c:x4}",
        _ => null,
    };
}
