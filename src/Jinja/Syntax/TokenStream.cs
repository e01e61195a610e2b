namespace MoE.Jinja.Syntax;

/// <summary>The tokens with a cursor, and the bound on how deep the parser may go.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens, int maxNesting)
{
    private int _position;
    private int _nesting;

    public Token Current => tokens[_position];

    public Token Ahead => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public Token Next() => tokens[_position < tokens.Count - 1 ? _position++ : _position];

    public bool SkipName(string name)
    {
        bool found = Current.IsName(name);
        if (found)
            Next();
        return found;
    }

    public bool SkipOperator(string symbol)
    {
        bool found = Current.IsOperator(symbol);
        if (found)
            Next();
        return found;
    }

    public Token Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
            throw Error($"expected {what}, got '{Current}'");
        return Next();
    }

    public void ExpectOperator(string symbol)
    {
        if (!SkipOperator(symbol))
            throw Error($"expected '{symbol}', got '{Current}'");
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name))
            throw Error($"expected '{name}', got '{Current}'");
    }

    public void Enter()
    {
        if (++_nesting > maxNesting)
            throw Error($"the template nests deeper than the limit of {maxNesting}");
    }

    public void Leave() => _nesting--;

    public JinjaException Error(string reason) => new(reason, Current.Line);
}
