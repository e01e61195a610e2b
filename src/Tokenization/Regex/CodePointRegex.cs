namespace MoE.Tokenization.Regex;

/// <summary>
/// A backtracking regular expression over code points with Oniguruma's meaning. <see cref="System.Text.RegularExpressions"/> works on
/// UTF-16 units, where <c>\p{L}</c> matches no letter beyond U+FFFF, and bounds its time by a clock; this one sees code points and bounds
/// its steps by the length of the text. A loop over one set keeps one backtracking entry however long it runs.
/// </summary>
internal sealed class CodePointRegex
{
    private readonly RegexInstruction[] _program;

    private CodePointRegex(string pattern, RegexInstruction[] program)
    {
        Pattern = pattern;
        _program = program;
    }

    public string Pattern { get; }

    /// <exception cref="FormatException">The pattern uses what is not supported, or is malformed.</exception>
    public static CodePointRegex Parse(string pattern) => new(pattern, RegexCompiler.Compile(RegexParser.Parse(pattern)));

    /// <summary>The matches from left to right, none overlapping; empty matches count, except where the last match ended.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    public IEnumerable<(int Start, int End)> Matches(ReadOnlyMemory<char> text)
    {
        var state = new RegexState(text.Length);
        var lastEnd = -1;
        for (var position = 0; position <= text.Length;)
        {
            var end = new RegexMachine(_program, text.Span, Pattern, state).MatchAt(position);
            if (end > position)
            {
                yield return (position, end);
                (position, lastEnd) = (end, end);
                continue;
            }

            if (end == position && position != lastEnd) yield return (position, position);
            position += position < text.Length && char.IsHighSurrogate(text.Span[position]) ? 2 : 1;
        }
    }
}
