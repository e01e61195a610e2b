namespace MoE.Jinja.Expressions;

internal sealed class Literal(int line, Value value) : Expression(line)
{
    protected override Value Compute(Scope scope) => value;
}

internal sealed class ListLiteral(int line, IReadOnlyList<Expression> items) : Expression(line)
{
    protected override Value Compute(Scope scope) => new ListValue(items.Select(item => item.Evaluate(scope)).ToArray());
}

internal sealed class TupleLiteral(int line, IReadOnlyList<Expression> items) : Expression(line)
{
    protected override Value Compute(Scope scope) => new TupleValue(items.Select(item => item.Evaluate(scope)).ToArray());
}

internal sealed class DictLiteral(int line, IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var dict = new DictValue();
        foreach ((Expression key, Expression value) in pairs)
            dict.Put(scope.Runtime, key.Evaluate(scope), value.Evaluate(scope));
        return dict;
    }
}
