using MoE.Jinja.Expressions;

namespace MoE.Jinja.Statements;

internal sealed record Parameter(string Name, Expression? Default);

/// <param name="Name">For messages and <c>macro.name</c>.</param>
/// <param name="Parameters">In order; those with defaults last.</param>
/// <param name="Body">What a call writes.</param>
/// <param name="UsesCaller">Whether a call block may call it.</param>
/// <param name="UsesVarargs">Whether it takes more positional arguments than parameters.</param>
/// <param name="UsesKwargs">Whether it takes keyword arguments that are no parameters.</param>
internal sealed record MacroDefinition(
    string Name, IReadOnlyList<Parameter> Parameters, Block Body, bool UsesCaller, bool UsesVarargs, bool UsesKwargs);

internal sealed class MacroStatement(int line, MacroDefinition definition) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        scope.Set(definition.Name, new MacroValue(definition, scope));
        return Signal.None;
    }
}

internal sealed class CallStatement(int line, CallExpression call, MacroDefinition caller) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        output.Append(call.Call(scope, new MacroValue(caller, scope)).ToStr(scope.Runtime));
        return Signal.None;
    }
}
