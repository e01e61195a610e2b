using System.Globalization;
using System.Text;

namespace MoE.Tokenization.Regex;

/// <summary>Reads a pattern code point by code point.</summary>
internal sealed class RegexReader(string pattern)
{
    public int Position { get; private set; }

    public bool AtEnd => Position >= pattern.Length;

    public int Peek() => AtEnd ? throw new FormatException("the pattern ends early") : Rune.GetRuneAt(pattern, Position).Value;

    public int Take()
    {
        var c = Peek();
        Position += c > 0xFFFF ? 2 : 1;
        return c;
    }

    public bool TryTake(char c)
    {
        if (AtEnd || pattern[Position] != c) return false;
        Position++;
        return true;
    }

    public bool TryTake(string text)
    {
        if (string.CompareOrdinal(pattern, Position, text, 0, text.Length) != 0) return false;
        Position += text.Length;
        return true;
    }

    /// <summary>Takes <c>{n}</c>, <c>{n,}</c>, <c>{,m}</c> or <c>{n,m}</c>; any other brace is a literal.</summary>
    public bool TryTakeCount(out int min, out int max)
    {
        (min, max) = (0, -1);
        if (AtEnd || pattern[Position] != '{') return false;
        var close = pattern.IndexOf('}', Position);
        if (close < 0) return false;
        var parts = pattern[(Position + 1)..close].Split(',');
        if (parts.Length > 2 || parts.All(part => part.Length == 0)) return false;
        if (!TryCount(parts[0], 0, out min)) return false;
        if (!TryCount(parts[^1], -1, out max)) return false;
        Position = close + 1;
        return true;
    }

    /// <summary>The text up to a closing character, which is taken too.</summary>
    public string TakeUntil(char close)
    {
        var end = pattern.IndexOf(close, Position);
        if (end < 0) throw new FormatException($"no '{close}' after {Position}");
        var text = pattern[Position..end];
        Position = end + 1;
        return text;
    }

    public int TakeHex(int digits)
    {
        if (Position + digits > pattern.Length) throw new FormatException("the pattern ends early");
        var text = pattern.Substring(Position, digits);
        Position += digits;
        return ParseHex(text);
    }

    public static int ParseHex(string text) =>
        int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && Rune.IsValid(value)
            ? value
            : throw new FormatException($"'{text}' is no code point");

    private static bool TryCount(string text, int whenEmpty, out int value)
    {
        value = whenEmpty;
        return text.Length == 0 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
