namespace MoE.Jinja.Operations;

/// <summary><c>'%s: %d' % (a, b)</c> and <c>'%(name)s' % mapping</c>.</summary>
internal static class PercentFormat
{
    public static StringValue Apply(Runtime runtime, StringValue format, Value values)
    {
        var output = new TextBuilder(runtime);
        var rest = new Queue<Value>(values is TupleValue tuple ? tuple.Elements : [values]);
        string text = format.Text;
        int start = 0;
        for (int at; (at = text.IndexOf('%', start)) >= 0;)
        {
            output.Append(format, start, at - start);
            start = at + 1;
            One(runtime, text, ref start, output, values, rest);
        }

        output.Append(format, start, text.Length - start);
        if (rest.Count > 0 && values is not DictValue)
            throw runtime.Error("not all arguments converted during string formatting");
        return output.ToValue();
    }

    private static void One(Runtime runtime, string text, ref int at, TextBuilder output, Value values, Queue<Value> rest)
    {
        string? key = null;
        if (Peek(text, at) == '(')
        {
            int close = text.IndexOf(')', at);
            if (close < 0)
                throw runtime.Error("a format key has no ')'");
            key = text[(at + 1)..close];
            at = close + 1;
        }

        int flagsStart = at;
        while (Peek(text, at) is '-' or '+' or ' ' or '0' or '#')
            at++;
        string flags = text[flagsStart..at];
        int width = Number(runtime, text, ref at) ?? 0;
        int? precision = null;
        if (Peek(text, at) == '.')
        {
            at++;
            precision = Number(runtime, text, ref at) ?? 0;
        }

        char type = Peek(text, at++);
        if (type == '%')
        {
            output.Append('%');
            return;
        }

        Value value = Take(runtime, key, values, rest);
        Spec(runtime, flags, width, precision, ref value, type).Write(runtime, output, value);
    }

    private static FormatSpec Spec(Runtime runtime, string flags, int width, int? precision, ref Value value, char type)
    {
        if (type is not ('s' or 'r' or 'd' or 'i' or 'u' or 'x' or 'X' or 'o' or 'e' or 'f' or 'F' or 'g'))
            throw runtime.Error($"unsupported format character '{type}'");
        if (type == 'r')
            value = Repr.Of(runtime, value);
        if (type is 'd' or 'i' or 'u' && value is FloatValue number)
            value = Numbers.Truncate(runtime, number.AsDouble);
        bool zeros = flags.Contains('0') && !flags.Contains('-') && type is not ('s' or 'r');
        char align = flags.Contains('-') ? '<' : zeros ? '=' : '>';
        char sign = flags.Contains('+') ? '+' : flags.Contains(' ') ? ' ' : '-';
        char kind = type switch { 'r' => 's', 'i' or 'u' => 'd', 'F' => 'f', _ => type };
        return new FormatSpec(zeros ? '0' : ' ', align, sign, flags.Contains('#'), false, width, precision, kind);
    }

    private static Value Take(Runtime runtime, string? key, Value values, Queue<Value> rest)
    {
        if (key is null)
            return rest.Count > 0 ? rest.Dequeue() : throw runtime.Error("not enough arguments for format string");
        if (values is not DictValue dict)
            throw runtime.Error("format requires a mapping");
        return dict.Find(runtime, new StringValue(key)) ?? throw runtime.Error($"the mapping has no key '{key}'");
    }

    private static char Peek(string text, int at) => at < text.Length ? text[at] : '\0';

    private static int? Number(Runtime runtime, string text, ref int at)
    {
        int start = at;
        while (char.IsAsciiDigit(Peek(text, at)))
            at++;
        return at == start ? null : Numbers.ParseSize(runtime, text[start..at]);
    }
}
