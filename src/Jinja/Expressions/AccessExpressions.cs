namespace MoE.Jinja.Expressions;

/// <summary><c>a.name</c>: the member, or else the item of that name.</summary>
internal sealed class MemberExpression(int line, Expression operand, string name) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value owner = operand.Evaluate(scope);
        scope.Runtime.Line = Line;
        return Access.Member(scope.Runtime, owner, name);
    }
}

/// <summary><c>a[key]</c>: the item, or else the member of that name.</summary>
internal sealed class SubscriptExpression(int line, Expression operand, Expression key) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value owner = operand.Evaluate(scope);
        Value index = key.Evaluate(scope);
        scope.Runtime.Line = Line;
        return Access.Item(scope.Runtime, owner, index);
    }
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed class SliceExpression(int line, Expression operand, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value owner = operand.Evaluate(scope);
        Value? from = start?.Evaluate(scope);
        Value? to = stop?.Evaluate(scope);
        Value? by = step?.Evaluate(scope);
        scope.Runtime.Line = Line;
        return Slicing.Apply(scope.Runtime, owner, from, to, by);
    }
}
