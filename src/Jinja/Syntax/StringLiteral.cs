using System.Globalization;
using System.Text;

namespace MoE.Jinja.Syntax;

/// <summary>Python's escapes in string literals; an unknown one stays as it is written.</summary>
internal static class StringLiteral
{
    public static string Unescape(string raw, int line)
    {
        if (!raw.Contains('\\'))
            return raw;
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length;)
        {
            if (raw[i] != '\\' || i + 1 == raw.Length)
                text.Append(raw[i++]);
            else
                i += Escape(raw, i, text, line);
        }

        return text.ToString();
    }

    /// <summary>Appends what the escape at <paramref name="at"/> means; returns its length.</summary>
    private static int Escape(string raw, int at, StringBuilder text, int line)
    {
        char c = raw[at + 1];
        switch (c)
        {
            case 'x':
                return Code(raw, at, 2, text, line);
            case 'u':
                return Code(raw, at, 4, text, line);
            case 'U':
                return Code(raw, at, 8, text, line);
            case >= '0' and <= '7':
                int digits = 1;
                while (digits < 3 && at + 1 + digits < raw.Length && raw[at + 1 + digits] is >= '0' and <= '7')
                    digits++;
                text.Append((char)Convert.ToInt32(raw.Substring(at + 1, digits), 8));
                return 1 + digits;
            case '\n':
                return 2;
        }

        int simple = "\\'\"abfnrtv".IndexOf(c);
        if (simple >= 0)
            text.Append("\\'\"\a\b\f\n\r\t\v"[simple]);
        else
            text.Append('\\').Append(c);
        return 2;
    }

    private static int Code(string raw, int at, int digits, StringBuilder text, int line)
    {
        if (at + 2 + digits > raw.Length
            || !uint.TryParse(raw.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            || code > 0x10FFFF)
            throw new JinjaException($"'\\{raw[at + 1]}' in a string literal needs {digits} hexadecimal digits of a code point", line);
        text.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
        return 2 + digits;
    }
}
