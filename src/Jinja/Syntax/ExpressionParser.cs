using MoE.Jinja.Expressions;

namespace MoE.Jinja.Syntax;

/// <summary>Expressions, in Jinja's order of precedence (jinja2/parser.py): this part has the operators.</summary>
internal sealed partial class ExpressionParser(TokenStream stream)
{
    private static readonly HashSet<string> _comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Names read since the parser was made or the set was replaced: how a macro learns whether it uses <c>caller</c>.</summary>
    public HashSet<string> NamesRead { get; set; } = [];

    /// <summary>Inside an <c>if</c>, where an unknown filter is an error only once it is reached.</summary>
    public int Conditionals { get; set; }

    public Expression Parse(bool withConditional = true)
    {
        stream.Enter();
        Expression result = withConditional ? Conditional() : Or();
        stream.Leave();
        return result;
    }

    /// <summary>An expression, or a tuple without parentheses.</summary>
    public Expression ParseTuple(bool withConditional = true, string? endName = null, bool parenthesized = false)
    {
        int line = stream.Current.Line;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!AtTupleEnd(endName))
        {
            items.Add(Parse(withConditional));
            if (!stream.SkipOperator(","))
                break;
            isTuple = true;
        }

        if (!isTuple && items.Count == 1)
            return items[0];
        if (items.Count == 0 && !parenthesized)
            throw stream.Error($"expected an expression, got '{stream.Current}'");
        return new TupleLiteral(line, items);
    }

    private bool AtTupleEnd(string? endName) =>
        stream.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || stream.Current.IsOperator(")")
        || (endName is not null && stream.Current.IsName(endName));

    private Expression Conditional()
    {
        Expression then = Or();
        while (stream.Current.IsName("if"))
        {
            int line = stream.Next().Line;
            Expression test = Or();
            Expression? otherwise = stream.SkipName("else") ? Parse() : null;
            then = new ConditionalExpression(line, test, then, otherwise);
        }

        return then;
    }

    private Expression Or()
    {
        Expression left = And();
        while (stream.Current.IsName("or"))
            left = new LogicalExpression(stream.Next().Line, isAnd: false, left, And());
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (stream.Current.IsName("and"))
            left = new LogicalExpression(stream.Next().Line, isAnd: true, left, Not());
        return left;
    }

    private Expression Not()
    {
        if (!stream.Current.IsName("not"))
            return Compare();
        stream.Enter();
        var result = new NotExpression(stream.Next().Line, Not());
        stream.Leave();
        return result;
    }

    private Expression Compare()
    {
        int line = stream.Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (ComparisonOperator() is { } symbol)
            rest.Add((symbol, Sum()));
        return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
    }

    private string? ComparisonOperator()
    {
        if (stream.Current.Kind == TokenKind.Operator && _comparisons.Contains(stream.Current.Text))
            return stream.Next().Text;
        if (stream.SkipName("in"))
            return "in";
        if (!stream.Current.IsName("not") || !stream.Ahead.IsName("in"))
            return null;
        stream.Next();
        stream.Next();
        return "not in";
    }

    private Expression Sum() => Binary(Concatenation, "+", "-");

    private Expression Concatenation()
    {
        int line = stream.Current.Line;
        var parts = new List<Expression> { Product() };
        while (stream.SkipOperator("~"))
            parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new ConcatenationExpression(line, parts);
    }

    private Expression Product() => Binary(Power, "*", "/", "//", "%");

    private Expression Power() => Binary(() => Unary(withFilter: true), "**");

    private Expression Binary(Func<Expression> operand, params ReadOnlySpan<string> symbols)
    {
        Expression left = operand();
        while (stream.Current.Kind == TokenKind.Operator && symbols.Contains(stream.Current.Text))
        {
            Token symbol = stream.Next();
            left = new ArithmeticExpression(symbol.Line, symbol.Text, left, operand());
        }

        return left;
    }

    private Expression Unary(bool withFilter)
    {
        Expression result;
        if (stream.Current.IsOperator("-") || stream.Current.IsOperator("+"))
        {
            stream.Enter();
            Token sign = stream.Next();
            result = new SignExpression(sign.Line, sign.Text == "-", Unary(withFilter: false));
            stream.Leave();
        }
        else
        {
            result = Primary();
        }

        result = Postfix(result);
        return withFilter ? FiltersAndTests(result) : result;
    }
}
