namespace MoE.Jinja.Values;

/// <summary>Equality of dict keys: strings by characters whatever their trust, numbers by value whatever their type.</summary>
internal sealed class KeyComparer : IEqualityComparer<Value>
{
    public static KeyComparer Instance { get; } = new();

    public static bool CanHash(Value value) => value is StringValue or NumberValue or NoneValue;

    public bool Equals(Value? x, Value? y) => (x, y) switch
    {
        (StringValue a, StringValue b) => a.Text == b.Text,
        (NumberValue a, NumberValue b) => Comparison.SameNumber(a, b),
        _ => ReferenceEquals(x, y),
    };

    public int GetHashCode(Value obj) => obj switch
    {
        StringValue s => string.GetHashCode(s.Text, StringComparison.Ordinal),
        NumberValue n => n.AsDouble.GetHashCode(),
        _ => 0,
    };
}
