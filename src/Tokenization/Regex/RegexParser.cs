using System.Globalization;
using System.Text;

namespace MoE.Tokenization.Regex;

/// <summary>
/// Parses the part of Oniguruma's syntax that tokenizers use: alternation, groups, <c>(?i:…)</c>, lookahead, atomic groups, anchors,
/// greedy, lazy and possessive quantifiers, classes, <c>\p{…}</c> with general categories. Anything else is a <see cref="FormatException"/>.
/// </summary>
internal sealed class RegexParser
{
    public const int MaxCount = 1000;
    private const int MaxDepth = 64;
    private const int MaxPatternChars = 65_536;

    private readonly RegexReader _reader;
    private readonly RegexClassParser _classes;

    private RegexParser(string pattern)
    {
        _reader = new RegexReader(pattern);
        _classes = new RegexClassParser(_reader);
    }

    public static RegexNode Parse(string pattern)
    {
        if (pattern.Length > MaxPatternChars) throw new FormatException($"{pattern.Length} characters; at most {MaxPatternChars} are supported");
        var parser = new RegexParser(pattern);
        var node = parser.ParseAlternation(ignoreCase: false, depth: 0);
        return parser._reader.AtEnd ? node : throw new FormatException($"unmatched ')' at {parser._reader.Position}");
    }

    private RegexNode ParseAlternation(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth) throw new FormatException($"groups nest deeper than {MaxDepth}");
        var branches = new List<RegexNode>();
        do
        {
            branches.Add(ParseConcat(ignoreCase, depth));
        }
        while (_reader.TryTake('|'));
        return branches.Count == 1 ? branches[0] : new RegexNode.Alternate(branches);
    }

    private RegexNode ParseConcat(bool ignoreCase, int depth)
    {
        var parts = new List<RegexNode>();
        while (!_reader.AtEnd && _reader.Peek() is not ('|' or ')'))
        {
            parts.Add(ParseQuantified(ParseAtom(ignoreCase, depth)));
        }

        return parts.Count == 1 ? parts[0] : new RegexNode.Concat(parts);
    }

    private RegexNode ParseAtom(bool ignoreCase, int depth)
    {
        var c = _reader.Take();
        switch (c)
        {
            case '(':
                return ParseGroup(ignoreCase, depth);
            case '[':
                return new RegexNode.Set(_classes.ParseBracket(ignoreCase, depth: 0));
            case '.':
                var dot = new CodePointSet(negated: true, ignoreCase: false);
                dot.AddRange('\n', '\n');
                return new RegexNode.Set(dot.Freeze());
            case '^':
                return new RegexNode.Anchor(AnchorKind.LineStart);
            case '$':
                return new RegexNode.Anchor(AnchorKind.LineEnd);
            case '*' or '+' or '?':
                throw new FormatException($"quantifier '{(char)c}' at {_reader.Position - 1} has nothing to repeat");
            case '\\':
                return ParseEscape(ignoreCase);
            default:
                return Literal(c, ignoreCase);
        }
    }

    private RegexNode ParseEscape(bool ignoreCase)
    {
        var anchor = _reader.AtEnd ? null : _reader.Peek() switch
        {
            'A' => AnchorKind.TextStart,
            'z' => AnchorKind.TextEnd,
            'b' => AnchorKind.WordBoundary,
            'B' => AnchorKind.NotWordBoundary,
            _ => (AnchorKind?)null,
        };
        if (anchor is { } kind)
        {
            _reader.Take();
            return new RegexNode.Anchor(kind);
        }

        return _classes.ParseEscape() is (var set, var literal) && set is not null
            ? new RegexNode.Set(set.Freeze())
            : Literal(literal, ignoreCase);
    }

    private RegexNode ParseGroup(bool ignoreCase, int depth)
    {
        Func<RegexNode, RegexNode> wrap = node => node;
        if (_reader.TryTake('?'))
        {
            var c = _reader.Take();
            switch (c)
            {
                case ':':
                    break;
                case '=':
                    wrap = node => new RegexNode.Look(node, Negative: false);
                    break;
                case '!':
                    wrap = node => new RegexNode.Look(node, Negative: true);
                    break;
                case '>':
                    wrap = node => new RegexNode.Atomic(node);
                    break;
                case 'i' when _reader.TryTake(':'):
                    ignoreCase = true;
                    break;
                default:
                    throw new FormatException($"group '(?{char.ConvertFromUtf32(c)}' at {_reader.Position - 2}; supported: (…) (?:…) (?i:…) (?=…) (?!…) (?>…)");
            }
        }

        var body = ParseAlternation(ignoreCase, depth + 1);
        if (!_reader.TryTake(')')) throw new FormatException("unmatched '('");
        return wrap(body);
    }

    private RegexNode ParseQuantified(RegexNode atom)
    {
        while (!_reader.AtEnd)
        {
            int min, max;
            var braces = false;
            if (_reader.TryTake('*')) (min, max) = (0, -1);
            else if (_reader.TryTake('+')) (min, max) = (1, -1);
            else if (_reader.TryTake('?')) (min, max) = (0, 1);
            else if (_reader.TryTakeCount(out min, out max)) braces = true;
            else return atom;

            if (min > MaxCount || max > MaxCount) throw new FormatException($"a quantifier counts past {MaxCount}");
            if (max >= 0 && max < min) throw new FormatException($"quantifier {{{min},{max}}} has its bounds the wrong way round");

            // In Oniguruma's Ruby syntax `{n,m}+` repeats the repetition; only `?+`, `*+` and `++` are possessive.
            var greed = _reader.TryTake('?') ? Greed.Lazy : !braces && _reader.TryTake('+') ? Greed.Possessive : Greed.Greedy;
            if (max != 1 && atom.MinWidth == 0) throw new FormatException($"a repeated group that can match nothing, before {_reader.Position}");
            atom = new RegexNode.Repeat(atom, min, max, greed);
        }

        return atom;
    }

    private static RegexNode.Set Literal(int codePoint, bool ignoreCase)
    {
        var set = new CodePointSet(negated: false, ignoreCase);
        set.AddRange(codePoint, codePoint);
        return new RegexNode.Set(set.Freeze());
    }
}
