namespace MoE.Jinja.Expressions;

internal sealed class CallExpression(int line, Expression callee, ArgumentList arguments) : Expression(line)
{
    /// <summary>Calls with a call block's body as <c>caller</c>.</summary>
    public Value Call(Scope scope, Value? caller)
    {
        Value target = callee.Evaluate(scope);
        Arguments passed = arguments.Evaluate(scope);
        if (caller is not null)
            passed = passed with { Named = [.. passed.Named, new("caller", caller)] };
        scope.Runtime.Line = Line;
        return target switch
        {
            CallableValue callable => callable.Call(scope.Runtime, passed),
            UndefinedValue undefined => throw scope.Runtime.Error(undefined.Message),
            _ => throw scope.Runtime.Error($"'{target.TypeName}' object is not callable"),
        };
    }

    protected override Value Compute(Scope scope) => Call(scope, null);
}

internal sealed class FilterExpression(int line, Expression subject, string name, CallableValue? filter, ArgumentList arguments) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value value = subject.Evaluate(scope);
        Arguments passed = arguments.Evaluate(scope).Prepend(value);
        scope.Runtime.Line = Line;
        return (filter ?? throw scope.Runtime.Error($"no filter named '{name}'")).Call(scope.Runtime, passed);
    }
}

internal sealed class TestExpression(int line, Expression subject, string name, CallableValue? test, ArgumentList arguments) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value value = subject.Evaluate(scope);
        Arguments passed = arguments.Evaluate(scope).Prepend(value);
        scope.Runtime.Line = Line;
        return (test ?? throw scope.Runtime.Error($"no test named '{name}'")).Call(scope.Runtime, passed);
    }
}
