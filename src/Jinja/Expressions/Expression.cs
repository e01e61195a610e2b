namespace MoE.Jinja.Expressions;

/// <summary>A node that has a value.</summary>
internal abstract class Expression(int line)
{
    public int Line => line;

    public Value Evaluate(Scope scope)
    {
        scope.Runtime.Step(line);
        return Compute(scope);
    }

    protected abstract Value Compute(Scope scope);
}
