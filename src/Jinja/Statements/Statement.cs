namespace MoE.Jinja.Statements;

/// <summary>How a statement ended.</summary>
internal enum Signal
{
    None,
    Break,
    Continue,
}

/// <summary>A node that writes text or changes names.</summary>
internal abstract class Statement(int line)
{
    public int Line => line;

    public Signal Run(Scope scope, TextBuilder output)
    {
        scope.Runtime.Step(line);
        return Execute(scope, output);
    }

    protected abstract Signal Execute(Scope scope, TextBuilder output);
}

/// <summary>Statements one after the other, up to the first that leaves the loop's body.</summary>
internal sealed class Block(IReadOnlyList<Statement> statements)
{
    public Signal Run(Scope scope, TextBuilder output)
    {
        foreach (Statement statement in statements)
            if (statement.Run(scope, output) is var signal && signal != Signal.None)
                return signal;
        return Signal.None;
    }

    /// <summary>What the block writes, as a string.</summary>
    public StringValue Capture(Scope scope)
    {
        var text = new TextBuilder(scope.Runtime);
        Run(scope, text);
        return text.ToValue();
    }
}
