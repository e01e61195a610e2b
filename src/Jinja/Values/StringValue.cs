using System.Globalization;

namespace MoE.Jinja.Values;

/// <summary>A string with the parts that came from untrusted input marked. Positions in templates count code points, as Python does.</summary>
/// <param name="text">The characters.</param>
/// <param name="flips">See <see cref="Taint"/>.</param>
internal sealed class StringValue(string text, int[]? flips = null) : Value
{
    /// <summary>Stands for positions that are the same in both counts.</summary>
    private static readonly int[] _same = [];

    private int[]? _starts;

    public static StringValue Empty { get; } = new("");

    public string Text => text;

    public int[]? Flips => flips;

    public bool IsTrusted => flips is null;

    public override string TypeName => "str";

    public override bool Truthy => text.Length > 0;

    /// <summary>Code points.</summary>
    public override int? Length => Starts is { } starts ? starts.Length - 1 : text.Length;

    /// <summary>UTF-16 position of each code point and of the end, or null where the two are the same.</summary>
    private int[]? Starts
    {
        get
        {
            _starts ??= text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 ? FindStarts() : _same;
            return _starts == _same ? null : _starts;
        }
    }

    public static StringValue Untrusted(string text) => new(text, Taint.All(text.Length));

    public int ToOffset(int codePoint) => Starts is { } starts ? starts[codePoint] : codePoint;

    public int ToCodePoint(int offset)
    {
        if (Starts is not { } starts)
            return offset;
        int i = Array.BinarySearch(starts, offset);
        return i < 0 ? ~i : i;
    }

    /// <summary>UTF-16 units [start, start + length).</summary>
    public StringValue Slice(int start, int length)
    {
        if (length == text.Length)
            return this;
        return length == 0 ? Empty : new StringValue(text.Substring(start, length), Taint.Slice(flips, start, length));
    }

    /// <summary>Code points [from, to).</summary>
    public StringValue SliceCodePoints(int from, int to) => Slice(ToOffset(from), ToOffset(to) - ToOffset(from));

    public override IReadOnlyList<Value> Items(Runtime runtime)
    {
        int count = Length!.Value;
        runtime.Charge(count);
        var items = new Value[count];
        for (int i = 0; i < count; i++)
            items[i] = SliceCodePoints(i, i + 1);
        return items;
    }

    public override Value? Member(Runtime runtime, string name) => StringMethods.Table.Bind(this, name);

    public override Value? Item(Runtime runtime, Value key) =>
        key is IntValue index && index.TryIndex(Length!.Value, out int i) ? SliceCodePoints(i, i + 1) : null;

    public override StringValue ToStr(Runtime runtime) => this;

    public override void WriteRepr(Runtime runtime, TextBuilder output)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        foreach (char c in text)
            output.Append(c switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when c == quote => "\\" + c,
                < ' ' or (>= '\x7f' and <= '\xa0') or '\xad' => $"\\x{(int)c:x2}",
                _ when IsUnprintable(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        output.Append(quote);
    }

    private static bool IsUnprintable(char c) => c > '\xff' && CharUnicodeInfo.GetUnicodeCategory(c) is
        UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator;

    private int[] FindStarts()
    {
        var starts = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length; i += i + 1 < text.Length && char.IsSurrogatePair(text, i) ? 2 : 1)
            starts.Add(i);
        starts.Add(text.Length);
        return starts.ToArray();
    }
}
