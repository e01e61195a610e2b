using MoE.Jinja.Expressions;

namespace MoE.Jinja.Syntax;

/// <summary>This part has what follows an operand: members, subscripts, calls, filters and tests.</summary>
internal sealed partial class ExpressionParser
{
    /// <summary>A filter's name and arguments, applied to <paramref name="subject"/>.</summary>
    public FilterExpression Filter(Expression subject)
    {
        (string name, int line) = DottedName();
        CallableValue? filter = FilterTable.Find(name);
        if (filter is null && Conditionals == 0)
            throw new JinjaException($"no filter named '{name}'", line);
        ArgumentList arguments = stream.SkipOperator("(") ? Arguments() : ArgumentList.None;
        return new FilterExpression(line, subject, name, filter, arguments);
    }

    private Expression Postfix(Expression operand)
    {
        while (true)
        {
            Token token = stream.Current;
            if (stream.SkipOperator("."))
                operand = Member(token.Line, operand);
            else if (stream.SkipOperator("["))
                operand = Subscript(token.Line, operand);
            else if (stream.SkipOperator("("))
                operand = new CallExpression(token.Line, operand, Arguments());
            else
                return operand;
        }
    }

    private Expression FiltersAndTests(Expression operand)
    {
        while (true)
        {
            Token token = stream.Current;
            if (stream.SkipOperator("|"))
                operand = Filter(operand);
            else if (stream.SkipName("is"))
                operand = Test(operand);
            else if (stream.SkipOperator("("))
                operand = new CallExpression(token.Line, operand, Arguments());
            else
                return operand;
        }
    }

    private Expression Member(int line, Expression operand)
    {
        Token name = stream.Next();
        return name.Kind switch
        {
            TokenKind.Name => new MemberExpression(line, operand, name.Text),
            TokenKind.Integer => new SubscriptExpression(line, operand, new Literal(name.Line, new IntValue(Integer(name)))),
            _ => throw new JinjaException($"expected a name or a number after '.', got '{name}'", name.Line),
        };
    }

    private Expression Subscript(int line, Expression operand)
    {
        Expression? start = stream.Current.IsOperator(":") ? null : Parse();
        if (!stream.Current.IsOperator(":"))
        {
            Expression key = start!;
            if (stream.SkipOperator(","))
                key = new TupleLiteral(line, [key, .. Sequence("]")]);
            else
                stream.ExpectOperator("]");
            return new SubscriptExpression(line, operand, key);
        }

        Expression? stop = SliceBound();
        Expression? step = SliceBound();
        stream.ExpectOperator("]");
        return new SliceExpression(line, operand, start, stop, step);
    }

    private Expression? SliceBound() =>
        stream.SkipOperator(":") && !stream.Current.IsOperator(":") && !stream.Current.IsOperator("]") ? Parse() : null;

    private Expression Test(Expression operand)
    {
        bool negated = stream.SkipName("not");
        (string name, int line) = DottedName();
        CallableValue? test = TestTable.Find(name);
        if (test is null && Conditionals == 0)
            throw new JinjaException($"no test named '{name}'", line);
        var result = new TestExpression(line, operand, name, test, TestArguments());
        return negated ? new NotExpression(line, result) : result;
    }

    /// <summary>A test takes arguments in parentheses, or one operand without (<c>x is divisibleby 3</c>).</summary>
    private ArgumentList TestArguments()
    {
        if (stream.SkipOperator("("))
            return Arguments();
        Token next = stream.Current;
        bool hasOperand = next.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
            || next.IsOperator("[") || next.IsOperator("{")
            || (next.Kind == TokenKind.Name && next.Text is not ("else" or "or" or "and"));
        if (!hasOperand)
            return ArgumentList.None;
        if (next.IsName("is"))
            throw stream.Error("tests cannot be chained with 'is'");
        return new ArgumentList([new Argument(null, ArgumentKind.Plain, Postfix(Primary()))]);
    }

    private (string Name, int Line) DottedName()
    {
        Token first = stream.Expect(TokenKind.Name, "a name");
        string name = first.Text;
        while (stream.SkipOperator("."))
            name += "." + stream.Expect(TokenKind.Name, "a name").Text;
        return (name, first.Line);
    }

    /// <summary>A call's arguments; the opening parenthesis is already taken.</summary>
    private ArgumentList Arguments()
    {
        var arguments = new List<Argument>();
        while (!stream.SkipOperator(")"))
        {
            if (arguments.Count > 0)
            {
                stream.ExpectOperator(",");
                if (stream.SkipOperator(")"))
                    break;
            }

            Argument next = OneArgument();
            if (arguments.Count > 0 && next.Kind == ArgumentKind.Plain && next.Name is null && arguments[^1] is not { Kind: ArgumentKind.Plain, Name: null })
                throw stream.Error("a positional argument follows a keyword argument");
            arguments.Add(next);
        }

        return new ArgumentList(arguments);
    }

    private Argument OneArgument()
    {
        if (stream.SkipOperator("**"))
            return new Argument(null, ArgumentKind.Mapping, Parse());
        if (stream.SkipOperator("*"))
            return new Argument(null, ArgumentKind.Sequence, Parse());
        if (stream.Current.Kind != TokenKind.Name || !stream.Ahead.IsOperator("="))
            return new Argument(null, ArgumentKind.Plain, Parse());
        string name = stream.Next().Text;
        stream.Next();
        return new Argument(name, ArgumentKind.Plain, Parse());
    }
}
