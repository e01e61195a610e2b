using MoE.Jinja.Expressions;

namespace MoE.Jinja.Statements;

internal sealed class TextStatement(int line, string text) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        output.Append(text);
        return Signal.None;
    }
}

internal sealed class OutputStatement(int line, Expression value) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        output.Append(value.Evaluate(scope).ToStr(scope.Runtime));
        return Signal.None;
    }
}

internal sealed class DoStatement(int line, Expression value) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        value.Evaluate(scope);
        return Signal.None;
    }
}

internal sealed class LoopControlStatement(int line, Signal signal) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output) => signal;
}

/// <summary>A body with its own names: transformers' <c>{% generation %}</c>, which only marks a range for training.</summary>
internal sealed class ScopeStatement(int line, Block body) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output) => body.Run(scope.Inner(), output);
}

internal sealed class IfStatement(int line, IReadOnlyList<(Expression Test, Block Body)> branches, Block? otherwise) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        foreach ((Expression test, Block body) in branches)
            if (test.Evaluate(scope).Truthy)
                return body.Run(scope, output);
        return otherwise?.Run(scope, output) ?? Signal.None;
    }
}
