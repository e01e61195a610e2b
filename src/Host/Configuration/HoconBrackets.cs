using Akka.Configuration;

namespace MoE.Host;

/// <summary>
/// Finds what a HOCON text opens and never closes, and the other way round. Akka's parser takes a file that was cut off in a section for
/// a whole one, and never returns from a list without an end.
/// </summary>
internal static class HoconBrackets
{
    private const string TripleQuote = "\"\"\"";

    /// <exception cref="ConfigurationException">The line and the bracket or quote.</exception>
    public static void Check(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    line++;
                    break;
                case '#' or '/' when text[i] == '#' || text.AsSpan(i).StartsWith("//"):
                    i = LineEnd(text, i) - 1;
                    break;
                case '"':
                    var end = QuoteEnd(text, i);
                    if (end < 0)
                        throw new ConfigurationException($"line {line}: a quote is never closed");
                    line += text.AsSpan(i, end - i).Count('\n');
                    i = end - 1;
                    break;
                case '{' or '[':
                    open.Push((text[i], line));
                    break;
                case '}' or ']' when !open.TryPop(out var last) || (last.Bracket == '{') != (text[i] == '}'):
                    throw new ConfigurationException($"line {line}: '{text[i]}' closes nothing");
                default:
                    break;
            }
        }

        if (open.TryPop(out var left))
            throw new ConfigurationException($"line {left.Line}: '{left.Bracket}' is never closed");
    }

    private static int LineEnd(string text, int start) => text.IndexOf('\n', start) is >= 0 and var end ? end : text.Length;

    /// <summary>The index after a quoted text, or -1; only one with three quotes goes over lines.</summary>
    private static int QuoteEnd(string text, int start)
    {
        if (text.AsSpan(start).StartsWith(TripleQuote))
            return text.IndexOf(TripleQuote, start + TripleQuote.Length, StringComparison.Ordinal) is >= 0 and var last ? last + TripleQuote.Length : -1;
        for (var i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                return i + 1;
        }

        return -1;
    }
}
