namespace MoE.Jinja.Statements;

/// <summary>The <c>loop</c> of a for statement.</summary>
/// <param name="cursor">Where the loop is.</param>
/// <param name="depth">Recursions around it, from 0.</param>
/// <param name="recurse">Runs the loop's body over other items, or null for a loop that is not recursive.</param>
internal sealed class LoopValue(LoopCursor cursor, int depth, Func<Value, Value>? recurse) : CallableValue("loop")
{
    private Arguments? _lastChanged;

    public override string TypeName => "LoopContext";

    public override int? Length => cursor.Count;

    public override Value Call(Runtime runtime, Arguments arguments)
    {
        if (recurse is null)
            throw runtime.Error("the loop must have the 'recursive' marker to be called");
        if (arguments.Positional.Count != 1 || arguments.Named.Count > 0)
            throw runtime.Error("loop() takes one argument");
        return recurse(arguments.Positional[0]);
    }

    public override Value? Member(Runtime runtime, string name) => name switch
    {
        "index0" => new IntValue(cursor.Index),
        "index" => new IntValue(cursor.Index + 1),
        "revindex0" => new IntValue(cursor.Count - cursor.Index - 1),
        "revindex" => new IntValue(cursor.Count - cursor.Index),
        "length" => new IntValue(cursor.Count),
        "first" => BoolValue.Of(cursor.Index == 0),
        "last" => BoolValue.Of(cursor.Next is null),
        "depth0" => new IntValue(depth),
        "depth" => new IntValue(depth + 1),
        "previtem" => cursor.Previous ?? new UndefinedValue("there is no previous item"),
        "nextitem" => cursor.Next ?? new UndefinedValue("there is no next item"),
        "cycle" => new RawBuiltin("loop.cycle", Cycle),
        "changed" => new RawBuiltin("loop.changed", Changed),
        _ => null,
    };

    private Value Cycle(Runtime runtime, Arguments arguments)
    {
        if (arguments.Positional.Count == 0)
            throw runtime.Error("no items for cycling given");
        return arguments.Positional[cursor.Index % arguments.Positional.Count];
    }

    private BoolValue Changed(Runtime runtime, Arguments arguments)
    {
        bool same = _lastChanged is { } last && last.Positional.Count == arguments.Positional.Count
            && last.Positional.Zip(arguments.Positional).All(pair => Comparison.Equal(runtime, pair.First, pair.Second));
        _lastChanged = arguments;
        return BoolValue.Of(!same);
    }
}
