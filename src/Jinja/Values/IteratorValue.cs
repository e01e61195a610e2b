namespace MoE.Jinja.Values;

/// <summary>A Python iterator: hands its items out once, has no length, cannot be indexed.</summary>
internal sealed class IteratorValue(IReadOnlyList<Value> items, string typeName = "generator") : Value
{
    private IReadOnlyList<Value> _rest = items;

    public override string TypeName => typeName;

    public override IReadOnlyList<Value> Items(Runtime runtime)
    {
        IReadOnlyList<Value> rest = _rest;
        _rest = [];
        return rest;
    }

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append($"<{typeName} object>");
}

/// <summary>What a dict's <c>keys()</c>, <c>values()</c> and <c>items()</c> give.</summary>
internal sealed class DictViewValue(string typeName, IReadOnlyList<Value> items) : Value
{
    public override string TypeName => typeName;

    public override bool Truthy => items.Count > 0;

    public override int? Length => items.Count;

    public override IReadOnlyList<Value> Items(Runtime runtime) => items;

    public override void WriteRepr(Runtime runtime, TextBuilder output) =>
        Repr.WriteSequence(runtime, output, typeName + "([", items, "])");
}
