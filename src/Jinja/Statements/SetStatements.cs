using MoE.Jinja.Expressions;

namespace MoE.Jinja.Statements;

internal sealed class SetStatement(int line, Target target, Expression value) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Signal.None;
    }
}

/// <summary><c>{% set x | f %}…{% endset %}</c>, and without a target <c>{% filter f %}…{% endfilter %}</c>.</summary>
internal sealed class SetBlockStatement(int line, Target? target, Expression text, Block body) : Statement(line)
{
    /// <summary>Name of the body's text where a filter's subject stands; no template can spell it.</summary>
    public const string BodyText = "body text";

    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        Scope inner = scope.Inner();
        inner.Set(BodyText, body.Capture(inner));
        Value result = text.Evaluate(inner);
        if (target is null)
            output.Append(result.ToStr(scope.Runtime));
        else
            target.Assign(scope, result);
        return Signal.None;
    }
}

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>: the values are computed outside.</summary>
internal sealed class WithStatement(int line, IReadOnlyList<(Target Target, Expression Value)> values, Block body) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        Scope inner = scope.Inner();
        foreach ((Target target, Expression value) in values)
            target.Assign(inner, value.Evaluate(scope));
        return body.Run(inner, output);
    }
}
