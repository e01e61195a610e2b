namespace MoE.Jinja.Expressions;

internal sealed class NameExpression(int line, string name) : Expression(line)
{
    protected override Value Compute(Scope scope) => scope.Find(name) ?? Globals.Find(name) ?? UndefinedValue.Variable(name);
}
