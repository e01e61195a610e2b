using System.Text;

namespace MoE.Jinja.Builtins;

/// <summary>Filters on text.</summary>
internal static class TextFilters
{
    /// <summary>Jinja's <c>truncate.leeway</c> policy.</summary>
    private const int Leeway = 5;

    public static void AddTo(BuiltinTable table) => table
        .Add("upper", "s", call => LetterCase.Upper(call.Runtime, call.Text(0)))
        .Add("lower", "s", call => LetterCase.Lower(call.Text(0)))
        .Add("capitalize", "s", call => LetterCase.Capitalize(call.Text(0)))
        .Add("title", "s", call => LetterCase.TitleWords(call.Text(0)))
        .Add("trim", "value chars?", call => Strings.Strip(call.Text(0), call.Has(1) ? call.String(1).Text : null, left: true, right: true))
        .Add("replace", "s old new count?", call => Strings.Replace(call.Runtime, call.Text(0), call.Text(1), call.Text(2), call.Int(3, -1)))
        .Add("center", "value width?", call => Strings.Pad(call, call.Int(1, 80), " ", PadSide.Both))
        .Add("indent", "s width? first? blank?", Indent)
        .Add("truncate", "s length? killwords? end? leeway?", Truncate)
        .Add("wordcount", "s", call => new IntValue(WordCount(call.Text(0).Text)))
        .Add("escape", "value", call => Escape(call.Runtime, call.Text(0)))
        .Alias("e", "escape")
        .Alias("forceescape", "escape")
        .Add("safe", "value", call => call.Text(0))
        .Add("string", "value", call => call.Text(0))
        .Add("urlencode", "value", UrlEncode)
        .AddRaw("format", Format);

    private static StringValue Indent(Call call)
    {
        StringValue indention = call[1] is StringValue given ? given : new StringValue(new string(' ', CheckedWidth(call)));
        bool blank = call.Flag(3);
        var output = new TextBuilder(call.Runtime);
        List<Value> lines = Strings.Lines(call.Text(0), keepEnds: false);
        // Jinja appends a newline before it splits, so text that ends in one keeps it as an empty last line.
        if (call.Text(0).Text is var text && (text.Length == 0 || text[^1] is '\n' or '\r'))
            lines.Add(StringValue.Empty);
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0)
                output.Append('\n');
            if (i == 0 ? call.Flag(2) : blank || lines[i].Truthy)
                output.Append(indention);
            output.Append((StringValue)lines[i]);
        }

        return output.ToValue();
    }

    private static int CheckedWidth(Call call)
    {
        int width = Math.Max(0, call.Int(1, 4));
        call.Runtime.CheckSize(width);
        return width;
    }

    private static StringValue Truncate(Call call)
    {
        StringValue text = call.Text(0);
        StringValue end = call[3] is null ? new StringValue("...") : call.String(3);
        int length = call.Int(1, 255);
        if (length < end.Length)
            throw call.Error($"length {length} is less than the {end.Length} characters of the end");
        int leeway = call.Int(4, Leeway);
        if (leeway < 0)
            throw call.Error($"leeway {leeway} is less than 0");
        if (text.Length <= (long)length + leeway)
            return text;
        StringValue kept = text.SliceCodePoints(0, length - end.Length!.Value);
        int space = call.Flag(2) ? -1 : kept.Text.LastIndexOf(' ');
        var output = new TextBuilder(call.Runtime);
        output.Append(space < 0 ? kept : kept.Slice(0, space));
        output.Append(end);
        return output.ToValue();
    }

    private static int WordCount(string text)
    {
        int words = 0;
        bool inside = false;
        foreach (char c in text)
        {
            bool isWord = c == '_' || char.IsLetterOrDigit(c);
            words += isWord && !inside ? 1 : 0;
            inside = isWord;
        }

        return words;
    }

    private static StringValue Escape(Runtime runtime, StringValue value)
    {
        foreach ((string plain, string escaped) in (ReadOnlySpan<(string, string)>)[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;")])
            value = Strings.Replace(runtime, value, new StringValue(plain), new StringValue(escaped), -1);
        return value;
    }

    private static StringValue UrlEncode(Call call)
    {
        bool isPairs = call.Self is DictValue or SequenceValue;
        IReadOnlyList<Value> pairs = call.Self is DictValue dict ? dict.Pairs(call.Runtime) : isPairs ? call.Items() : [];
        string encoded = isPairs
            ? string.Join('&', pairs.Select(pair => Pair(call, pair)))
            : Quote(call.Text(0).Text, safe: "/");
        call.Runtime.CheckSize(encoded.Length);
        return Repr.IsTrusted(call.Runtime, call.Self) ? new StringValue(encoded) : StringValue.Untrusted(encoded);
    }

    private static string Pair(Call call, Value pair)
    {
        if (Access.Items(call.Runtime, pair) is not [var key, var value])
            throw call.Error("needs pairs");
        return Plus(key.ToStr(call.Runtime).Text) + "=" + Plus(value.ToStr(call.Runtime).Text);
    }

    private static string Plus(string text) => Quote(text, safe: "").Replace("%20", "+", StringComparison.Ordinal);

    private static string Quote(string text, string safe)
    {
        var output = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            if (char.IsAsciiLetterOrDigit((char)b) || "_.-~".Contains((char)b) || safe.Contains((char)b))
                output.Append((char)b);
            else
                output.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        return output.ToString();
    }

    private static StringValue Format(Runtime runtime, Arguments arguments)
    {
        StringValue format = arguments.Positional[0].ToStr(runtime);
        if (arguments.Named.Count == 0)
            return PercentFormat.Apply(runtime, format, new TupleValue(arguments.Skip(1).Positional));
        if (arguments.Positional.Count > 1)
            throw runtime.Error("format() takes positional or keyword arguments, not both");
        var values = new DictValue();
        foreach ((string name, Value value) in arguments.Named)
            values.Put(runtime, new StringValue(name), value);
        return PercentFormat.Apply(runtime, format, values);
    }
}
