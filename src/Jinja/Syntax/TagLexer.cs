namespace MoE.Jinja.Syntax;

/// <summary>Splits what stands between <c>{{</c> and <c>}}</c> or <c>{%</c> and <c>%}</c>.</summary>
internal sealed class TagLexer(string source, int position, int line, string end)
{
    private static readonly string[] _operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"];

    private readonly Stack<char> _open = new();

    /// <summary>After the tag.</summary>
    public int Position { get; private set; } = position;

    public int Line { get; private set; } = line;

    /// <summary>The whitespace sign before the tag's end, or a space.</summary>
    public char Sign { get; private set; } = ' ';

    public void Run(List<Token> tokens)
    {
        while (!AtEnd())
        {
            if (Position >= source.Length)
                throw new JinjaException($"unexpected end of template, expected '{end}'", Line);
            char c = source[Position];
            if (char.IsWhiteSpace(c))
            {
                Line += c == '\n' ? 1 : 0;
                Position++;
            }
            else if (char.IsAsciiDigit(c))
            {
                tokens.Add(Number(afterDot: tokens[^1].IsOperator(".")));
            }
            else if (c == '_' || char.IsLetter(c))
            {
                tokens.Add(new Token(TokenKind.Name, Take(static c => c == '_' || char.IsLetterOrDigit(c)), Line));
            }
            else if (c is '\'' or '"')
            {
                tokens.Add(String(c));
            }
            else
            {
                tokens.Add(Operator(c));
            }
        }
    }

    /// <summary>Whether the tag ends here; inside brackets its end is two operators (<c>{{ {'a': {}} }}</c>).</summary>
    private bool AtEnd()
    {
        if (_open.Count > 0)
            return false;
        ReadOnlySpan<char> rest = source.AsSpan(Position);
        bool signed = rest.Length > 0 && (rest[0] == '-' || (rest[0] == '+' && end == "%}"));
        if (signed && rest[1..].StartsWith(end))
            Sign = rest[0];
        else if (!rest.StartsWith(end))
            return false;
        Position += (Sign == ' ' ? 0 : 1) + end.Length;
        return true;
    }

    private string Take(Func<char, bool> belongs)
    {
        int start = Position;
        while (Position < source.Length && belongs(source[Position]))
            Position++;
        return source[start..Position];
    }

    private Token Number(bool afterDot)
    {
        if (source[Position] == '0' && Position + 1 < source.Length && char.ToLowerInvariant(source[Position + 1]) is 'x' or 'o' or 'b')
            return new Token(TokenKind.Integer, Take(static c => char.IsAsciiLetterOrDigit(c) || c == '_'), Line);
        string digits = Take(static c => char.IsAsciiDigit(c) || c == '_');
        string fraction = !afterDot && Peek(0) == '.' && char.IsAsciiDigit(Peek(1)) ? "." + TakeAfter(1) : "";
        int sign = Peek(1) is '+' or '-' ? 1 : 0;
        string exponent = !afterDot && Peek(0) is 'e' or 'E' && char.IsAsciiDigit(Peek(1 + sign))
            ? (Peek(1) == '-' ? "e-" : "e") + TakeAfter(1 + sign)
            : "";
        string text = (digits + fraction + exponent).Replace("_", "", StringComparison.Ordinal);
        return new Token(fraction.Length + exponent.Length > 0 ? TokenKind.Float : TokenKind.Integer, text, Line);
    }

    private char Peek(int ahead) => Position + ahead < source.Length ? source[Position + ahead] : '\0';

    private string TakeAfter(int skip)
    {
        Position += skip;
        return Take(static c => char.IsAsciiDigit(c) || c == '_');
    }

    private Token String(char quote)
    {
        int start = ++Position;
        while (Position < source.Length && source[Position] != quote)
            Position += source[Position] == '\\' ? 2 : 1;
        if (Position >= source.Length)
            throw new JinjaException("a string literal has no end", Line);
        string raw = source[start..Position++];
        var token = new Token(TokenKind.String, StringLiteral.Unescape(raw, Line), Line);
        Line += raw.AsSpan().Count('\n');
        return token;
    }

    private Token Operator(char c)
    {
        foreach (string symbol in _operators)
            if (source.AsSpan(Position).StartsWith(symbol))
            {
                Position += symbol.Length;
                Balance(c);
                return new Token(TokenKind.Operator, symbol, Line);
            }

        throw new JinjaException($"unexpected character '{c}'", Line);
    }

    private void Balance(char c)
    {
        if (c is '(' or '[' or '{')
            _open.Push(c == '(' ? ')' : c == '[' ? ']' : '}');
        else if (c is ')' or ']' or '}' && (_open.Count == 0 || _open.Pop() != c))
            throw new JinjaException($"unexpected '{c}'", Line);
    }
}
