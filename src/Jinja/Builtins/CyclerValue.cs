namespace MoE.Jinja.Builtins;

/// <summary><c>cycler('a', 'b')</c>: hands out its items in turn.</summary>
internal sealed class CyclerValue(IReadOnlyList<Value> items) : Value
{
    private int _position;

    public override string TypeName => "Cycler";

    public override Value? Member(Runtime runtime, string name) => name switch
    {
        "current" => items[_position],
        "next" => new Builtin("cycler.next", "", _ => Next()),
        "reset" => new Builtin("cycler.reset", "", _ => Reset()),
        _ => null,
    };

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append("<Cycler>");

    private Value Next()
    {
        Value current = items[_position];
        _position = (_position + 1) % items.Count;
        return current;
    }

    private NoneValue Reset()
    {
        _position = 0;
        return NoneValue.Instance;
    }
}

/// <summary><c>joiner(', ')</c>: nothing the first time it is called, then its separator.</summary>
internal sealed class JoinerValue(StringValue separator) : CallableValue("joiner")
{
    private bool _used;

    public override string TypeName => "Joiner";

    public override Value Call(Runtime runtime, Arguments arguments)
    {
        bool used = _used;
        _used = true;
        return used ? separator : StringValue.Empty;
    }
}
