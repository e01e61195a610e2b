namespace MoE.Jinja.Values;

/// <summary>Equality of dict keys: strings by characters whatever their trust, numbers by value whatever their type.</summary>
internal sealed class KeyComparer : IEqualityComparer<Value>
{
    public static KeyComparer Instance { get; } = new();

    /// <summary>Whether a value can be a key; its hash is paid for here.</summary>
    public static bool CanHash(Runtime runtime, Value value)
    {
        switch (value)
        {
            case StringValue text:
                runtime.ChargeChars(text.Text.Length);
                return true;
            case TupleValue tuple:
                runtime.EnsureStack();
                runtime.Charge(tuple.Elements.Count);
                return tuple.Elements.All(item => CanHash(runtime, item));
            default:
                return value is NumberValue or NoneValue or UndefinedValue;
        }
    }

    public bool Equals(Value? x, Value? y) => (x, y) switch
    {
        (StringValue a, StringValue b) => a.Text == b.Text,
        (NumberValue a, NumberValue b) => Comparison.SameNumber(a, b),
        (UndefinedValue, UndefinedValue) => true,
        (TupleValue a, TupleValue b) => a.Elements.SequenceEqual(b.Elements, this),
        _ => ReferenceEquals(x, y),
    };

    public int GetHashCode(Value obj) => obj switch
    {
        StringValue s => string.GetHashCode(s.Text, StringComparison.Ordinal),
        NumberValue n => n.AsDouble.GetHashCode(),
        TupleValue t => t.Elements.Aggregate(1, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        _ => 0,
    };
}
