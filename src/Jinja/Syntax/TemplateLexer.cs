using System.Text.RegularExpressions;

namespace MoE.Jinja.Syntax;

/// <summary>
/// Splits a template into text and tags and settles the whitespace between them, as Jinja does with
/// <c>trim_blocks</c> and <c>lstrip_blocks</c> on and <c>keep_trailing_newline</c> off (jinja2/lexer.py).
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _lineStarting = true;

    private TemplateLexer(string source) => _source = source;

    public static List<Token> Tokenize(string source)
    {
        string unified = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new TemplateLexer(unified.EndsWith('\n') ? unified[..^1] : unified);
        lexer.Run();
        return lexer._tokens;
    }

    [GeneratedRegex(@"\G\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex RawEnd();

    private void Run()
    {
        while (FindTag() is var tag && tag >= 0)
        {
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
            char kind = _source[tag + 1];
            Text(tag, sign, isVariable: kind == '{');
            Match raw = RawBegin().Match(_source, tag);
            if (raw.Success)
                Raw(raw);
            else if (kind == '#')
                Comment(tag + (sign is '-' or '+' ? 3 : 2));
            else
                Tag(kind == '{', tag + (sign is '-' or '+' ? 3 : 2));
        }

        Emit(TokenKind.Data, _source[_position..]);
        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int FindTag()
    {
        for (int i = _position; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        return -1;
    }

    /// <summary>The text before a tag at <paramref name="end"/>, with what the tag's sign or lstrip_blocks takes away.</summary>
    private void Text(int end, char sign, bool isVariable)
    {
        string text = _source[_position..end];
        string kept = text;
        if (sign == '-')
        {
            kept = text.TrimEnd();
        }
        else if (sign != '+' && !isVariable)
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _lineStarting) && string.IsNullOrWhiteSpace(text[lineStart..]))
                kept = text[..lineStart];
        }

        int line = _line;
        Emit(TokenKind.Data, kept);
        _line = line + Lines(text);
        _position = end;
    }

    private void Comment(int start)
    {
        int close = _source.IndexOf("#}", start, StringComparison.Ordinal);
        if (close < 0)
            throw new JinjaException("missing end of comment tag", _line);
        char sign = close > start ? _source[close - 1] : ' ';
        Close(close + 2, sign, trimsNewline: true);
    }

    private void Raw(Match begin)
    {
        Advance(begin.Index + begin.Length);
        Match end = RawEnd().Match(_source, _position);
        if (!end.Success)
            throw new JinjaException("missing end of raw directive", _line);
        Text(end.Index, end.Groups[1].Length > 0 ? end.Groups[1].Value[0] : ' ', isVariable: false);
        Advance(end.Index + end.Length);
    }

    private void Tag(bool isVariable, int start)
    {
        Emit(isVariable ? TokenKind.VariableBegin : TokenKind.BlockBegin, _source[_position..start]);
        var inside = new TagLexer(_source, start, _line, isVariable ? "}}" : "%}");
        inside.Run(_tokens);
        _line = inside.Line;
        _position = inside.Position;
        Emit(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, isVariable ? "}}" : "%}");
        Close(inside.Position, inside.Sign, trimsNewline: !isVariable);
    }

    /// <summary>Goes on after a tag that ends before <paramref name="end"/>, past the whitespace that its sign or trim_blocks takes away.</summary>
    private void Close(int end, char sign, bool trimsNewline)
    {
        if (sign == '-')
        {
            while (end < _source.Length && char.IsWhiteSpace(_source[end]))
                end++;
        }
        else if (sign != '+' && trimsNewline && end < _source.Length && _source[end] == '\n')
        {
            end++;
        }

        Advance(end);
    }

    private void Advance(int end)
    {
        _line += Lines(_source.AsSpan(_position, end - _position));
        _lineStarting = end > _position && _source[end - 1] == '\n';
        _position = end;
    }

    private void Emit(TokenKind kind, string text)
    {
        if (kind != TokenKind.Data || text.Length > 0)
            _tokens.Add(new Token(kind, text, _line));
    }

    private static int Lines(ReadOnlySpan<char> text) => text.Count('\n');
}
