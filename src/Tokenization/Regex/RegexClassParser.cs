namespace MoE.Tokenization.Regex;

/// <summary>Parses escapes and bracketed classes.</summary>
internal sealed class RegexClassParser(RegexReader reader)
{
    private const int MaxDepth = 16;

    /// <summary>Parses what follows a backslash.</summary>
    /// <returns>A set, or null and a code point.</returns>
    public (CodePointSet? Set, int Literal) ParseEscape()
    {
        var at = reader.Position;
        var c = reader.Take();
        switch (c)
        {
            case 's' or 'S':
                var space = new CodePointSet(negated: c == 'S', ignoreCase: false);
                space.AddWhiteSpace();
                return (space, 0);
            case 'd' or 'D':
                return (Categories(UnicodeCategories.Digit, c == 'D'), 0);
            case 'w' or 'W':
                return (Categories(UnicodeCategories.Word, c == 'W'), 0);
            case 'p' or 'P':
                return (ParseProperty(c == 'P', at), 0);
            case 'n':
                return (null, '\n');
            case 'r':
                return (null, '\r');
            case 't':
                return (null, '\t');
            case 'f':
                return (null, '\f');
            case 'v':
                return (null, '\v');
            case 'a':
                return (null, '\a');
            case 'e':
                return (null, 0x1B);
            case 'u':
                return (null, reader.TakeHex(4));
            case 'x':
                return (null, reader.TryTake('{') ? RegexReader.ParseHex(reader.TakeUntil('}')) : reader.TakeHex(2));
            default:
                if (c < 0x80 && char.IsAsciiLetterOrDigit((char)c)) throw new FormatException($"escape '\\{(char)c}' at {at - 1}");
                return (null, c);
        }
    }

    /// <summary>Parses a class after its opening bracket.</summary>
    public CodePointSet ParseBracket(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth) throw new FormatException($"classes nest deeper than {MaxDepth}");
        var set = new CodePointSet(reader.TryTake('^'), ignoreCase);
        for (var first = true; ; first = false)
        {
            if (reader.TryTake("[:")) throw new FormatException($"POSIX bracket at {reader.Position - 2}");
            if (reader.TryTake("&&")) throw new FormatException($"class intersection at {reader.Position - 2}");
            var c = reader.Take();
            if (c == ']' && !first) return set.Freeze();
            if (c == '[')
            {
                set.AddSet(ParseBracket(ignoreCase, depth + 1));
                continue;
            }

            if (c == '\\')
            {
                var (escaped, literal) = ParseEscape();
                if (escaped is not null)
                {
                    set.AddSet(escaped);
                    continue;
                }

                c = literal;
            }

            AddLiteralOrRange(set, c);
        }
    }

    private void AddLiteralOrRange(CodePointSet set, int first)
    {
        if (!reader.TryTake('-'))
        {
            set.AddRange(first, first);
            return;
        }

        if (reader.Peek() == ']')
        {
            set.AddRange(first, first);
            set.AddRange('-', '-');
            return;
        }

        var last = reader.Take();
        if (last == '\\')
        {
            (var escaped, last) = ParseEscape();
            if (escaped is not null) throw new FormatException($"a class as the end of a range at {reader.Position}");
        }

        if (last < first) throw new FormatException($"an empty range at {reader.Position}");
        set.AddRange(first, last);
    }

    private CodePointSet ParseProperty(bool negated, int at)
    {
        if (!reader.TryTake('{')) throw new FormatException($"'\\p' without '{{' at {at}");
        var name = reader.TakeUntil('}');
        if (name.StartsWith('^')) (negated, name) = (!negated, name[1..]);
        var mask = UnicodeCategories.Find(name);
        return mask == 0
            ? throw new FormatException($"property '\\p{{{name}}}'; supported: the general categories")
            : Categories(mask, negated);
    }

    private static CodePointSet Categories(int mask, bool negated)
    {
        var set = new CodePointSet(negated, ignoreCase: false);
        set.AddCategories(mask);
        return set;
    }
}
