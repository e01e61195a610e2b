using MoE.Jinja.Expressions;

namespace MoE.Jinja.Statements;

internal sealed class ForStatement(
    int line, Target target, Expression items, Expression? filter, bool recursive, Block body, Block? otherwise) : Statement(line)
{
    protected override Signal Execute(Scope scope, TextBuilder output)
    {
        Walk(scope, output, items.Evaluate(scope), depth: 0);
        return Signal.None;
    }

    private void Walk(Scope scope, TextBuilder output, Value walked, int depth)
    {
        IReadOnlyList<Value> all = Access.Items(scope.Runtime, walked);
        var cursor = new LoopCursor(filter is null ? all : all.Where(item => Passes(scope, item)), filter is null ? all.Count : null);
        var loop = new LoopValue(cursor, depth, recursive ? inner => Recurse(scope, inner, depth + 1) : null);
        if (!cursor.MoveNext())
        {
            otherwise?.Run(scope.Inner(), output);
            return;
        }

        do
        {
            scope.Runtime.Step(Line);
            Scope inner = scope.Inner();
            inner.Set("loop", loop);
            target.Assign(inner, cursor.Current);
            if (body.Run(inner, output) == Signal.Break)
                break;
        }
        while (cursor.MoveNext());
    }

    private bool Passes(Scope scope, Value item)
    {
        Scope inner = scope.Inner();
        target.Assign(inner, item);
        return filter!.Evaluate(inner).Truthy;
    }

    private StringValue Recurse(Scope scope, Value inner, int depth)
    {
        scope.Runtime.EnterCall();
        var text = new TextBuilder(scope.Runtime);
        Walk(scope, text, inner, depth);
        scope.Runtime.LeaveCall();
        return text.ToValue();
    }
}
