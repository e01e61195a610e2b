namespace MoE.Jinja.Operations;

/// <summary><c>'{} {0} {name:&gt;8}'.format(…)</c>. Fields name arguments only; walking into them is refused.</summary>
internal static class BraceFormat
{
    public static StringValue Apply(Runtime runtime, StringValue format, Arguments arguments)
    {
        var output = new TextBuilder(runtime);
        string text = format.Text;
        int automatic = 0;
        for (int at = 0; at < text.Length;)
        {
            int brace = text.AsSpan(at).IndexOfAny('{', '}');
            int literal = brace < 0 ? text.Length - at : brace;
            output.Append(format, at, literal);
            at += literal;
            if (at == text.Length)
                break;
            if (at + 1 < text.Length && text[at + 1] == text[at])
            {
                output.Append(format, at, 1);
                at += 2;
                continue;
            }

            int close = text[at] == '{' ? text.IndexOf('}', at) : -1;
            if (close < 0)
                throw runtime.Error("single brace in format string");
            Field(runtime, output, text[(at + 1)..close], arguments, ref automatic);
            at = close + 1;
        }

        return output.ToValue();
    }

    private static void Field(Runtime runtime, TextBuilder output, string field, Arguments arguments, ref int automatic)
    {
        int colon = field.IndexOf(':');
        string name = colon < 0 ? field : field[..colon];
        bool asRepr = name.EndsWith("!r", StringComparison.Ordinal);
        if (asRepr || name.EndsWith("!s", StringComparison.Ordinal))
            name = name[..^2];
        Value value = Argument(runtime, name, arguments, ref automatic);
        Parse(runtime, colon < 0 ? "" : field[(colon + 1)..]).Write(runtime, output, asRepr ? Repr.Of(runtime, value) : value);
    }

    private static Value Argument(Runtime runtime, string name, Arguments arguments, ref int automatic)
    {
        int? position = name.Length == 0 ? automatic++ : name.All(char.IsAsciiDigit) ? Numbers.ParseSize(runtime, name) : null;
        if (position is { } i)
            return i < arguments.Positional.Count ? arguments.Positional[i] : throw runtime.Error($"format has no argument {i}");
        return arguments.FindNamed(name) ?? throw runtime.Error($"format has no argument '{name}'");
    }

    /// <summary>[[fill]align][sign][#][0][width][,][.precision][type].</summary>
    private static FormatSpec Parse(Runtime runtime, string spec)
    {
        int at = 0;
        char fill = ' ';
        char? align = null;
        if (spec.Length > 1 && IsAlign(spec[1]))
            (fill, align, at) = (spec[0], spec[1], 2);
        else if (spec.Length > 0 && IsAlign(spec[0]))
            (align, at) = (spec[0], 1);
        char sign = at < spec.Length && spec[at] is '+' or ' ' or '-' ? spec[at++] : '-';
        bool alternate = Skip(spec, '#', ref at);
        if (Skip(spec, '0', ref at) && align is null)
            (fill, align) = ('0', '=');
        int width = Number(runtime, spec, ref at) ?? 0;
        bool grouped = Skip(spec, ',', ref at);
        int? precision = Skip(spec, '.', ref at) ? Number(runtime, spec, ref at) : null;
        char? type = at < spec.Length ? spec[at++] : null;
        if (at < spec.Length || type is not (null or 's' or 'd' or 'x' or 'X' or 'o' or 'b' or 'e' or 'f' or 'g' or '%'))
            throw runtime.Error($"unsupported format '{spec}'");
        return new FormatSpec(fill, align, sign, alternate, grouped, width, precision, type);
    }

    private static bool IsAlign(char c) => c is '<' or '>' or '^' or '=';

    private static bool Skip(string spec, char c, ref int at)
    {
        bool found = at < spec.Length && spec[at] == c;
        at += found ? 1 : 0;
        return found;
    }

    private static int? Number(Runtime runtime, string spec, ref int at)
    {
        int start = at;
        while (at < spec.Length && char.IsAsciiDigit(spec[at]))
            at++;
        return at == start ? null : Numbers.ParseSize(runtime, spec[start..at]);
    }
}
