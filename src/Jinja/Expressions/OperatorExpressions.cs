namespace MoE.Jinja.Expressions;

internal sealed class ArithmeticExpression(int line, string symbol, Expression left, Expression right) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value a = left.Evaluate(scope);
        Value b = right.Evaluate(scope);
        scope.Runtime.Line = Line;
        return Arithmetic.Apply(scope.Runtime, symbol, a, b);
    }
}

internal sealed class SignExpression(int line, bool negative, Expression operand) : Expression(line)
{
    protected override Value Compute(Scope scope) => Arithmetic.Sign(scope.Runtime, negative, operand.Evaluate(scope));
}

/// <summary><c>a ~ b</c>: both as text, joined.</summary>
internal sealed class ConcatenationExpression(int line, IReadOnlyList<Expression> parts) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var text = new TextBuilder(scope.Runtime);
        foreach (Expression part in parts)
            text.Append(part.Evaluate(scope).ToStr(scope.Runtime));
        return text.ToValue();
    }
}

/// <summary><c>and</c>, <c>or</c>: the operand that settles it.</summary>
internal sealed class LogicalExpression(int line, bool isAnd, Expression left, Expression right) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value first = left.Evaluate(scope);
        return first.Truthy == isAnd ? right.Evaluate(scope) : first;
    }
}

internal sealed class NotExpression(int line, Expression operand) : Expression(line)
{
    protected override Value Compute(Scope scope) => BoolValue.Of(!operand.Evaluate(scope).Truthy);
}

/// <summary><c>a &lt; b &lt;= c</c>: every neighbouring pair holds.</summary>
internal sealed class ComparisonExpression(int line, Expression first, IReadOnlyList<(string Symbol, Expression Operand)> rest) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value left = first.Evaluate(scope);
        foreach ((string symbol, Expression operand) in rest)
        {
            Value right = operand.Evaluate(scope);
            scope.Runtime.Line = Line;
            if (!Comparison.Holds(scope.Runtime, symbol, left, right))
                return BoolValue.False;
            left = right;
        }

        return BoolValue.True;
    }
}

/// <summary><c>a if test else b</c>; without an else it is undefined where the test fails.</summary>
internal sealed class ConditionalExpression(int line, Expression test, Expression then, Expression? otherwise) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        if (test.Evaluate(scope).Truthy)
            return then.Evaluate(scope);
        return otherwise?.Evaluate(scope)
            ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined");
    }
}
