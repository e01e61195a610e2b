namespace MoE.Jinja.Values;

/// <summary>list or tuple; neither ever changes, as the sandbox refuses what would change a list.</summary>
internal abstract class SequenceValue(IReadOnlyList<Value> items) : Value
{
    public IReadOnlyList<Value> Elements => items;

    public override bool Truthy => items.Count > 0;

    public override int? Length => items.Count;

    public override IReadOnlyList<Value> Items(Runtime runtime) => items;

    public override Value? Member(Runtime runtime, string name) => ListMethods.Table.Bind(this, name);

    public override Value? Item(Runtime runtime, Value key) =>
        key is IntValue index && index.TryIndex(items.Count, out int i) ? items[i] : null;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> other);
}

internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public static ListValue Empty { get; } = new([]);

    public override string TypeName => "list";

    public override SequenceValue With(IReadOnlyList<Value> other) => new ListValue(other);

    public override void WriteRepr(Runtime runtime, TextBuilder output) => Repr.WriteSequence(runtime, output, "[", Elements, "]");
}

internal class TupleValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public override SequenceValue With(IReadOnlyList<Value> other) => new TupleValue(other);

    public override void WriteRepr(Runtime runtime, TextBuilder output) =>
        Repr.WriteSequence(runtime, output, "(", Elements, Elements.Count == 1 ? ",)" : ")");
}

/// <summary>What <c>groupby</c> yields: a pair whose parts have names.</summary>
internal sealed class GroupValue(Value grouper, ListValue list) : TupleValue([grouper, list])
{
    public override Value? Member(Runtime runtime, string name) => name switch
    {
        "grouper" => grouper,
        "list" => list,
        _ => base.Member(runtime, name),
    };
}

internal sealed class RangeValue(IReadOnlyList<Value> items, string repr) : SequenceValue(items)
{
    public override string TypeName => "range";

    public override SequenceValue With(IReadOnlyList<Value> other) => new ListValue(other);

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append(repr);
}
