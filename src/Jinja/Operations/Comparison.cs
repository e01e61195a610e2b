namespace MoE.Jinja.Operations;

/// <summary>Python's comparisons. Where a string comes from makes no difference.</summary>
internal static class Comparison
{
    /// <summary>What <see cref="Order"/> gives where a NaN has no order; no comparison holds then.</summary>
    private const int Unordered = 2;

    public static bool Holds(Runtime runtime, string symbol, Value a, Value b) => symbol switch
    {
        "==" => Equal(runtime, a, b),
        "!=" => !Equal(runtime, a, b),
        "in" => Contains(runtime, b, a),
        "not in" => !Contains(runtime, b, a),
        "<" => Order(runtime, symbol, a, b) < 0,
        "<=" => Order(runtime, symbol, a, b) <= 0,
        ">" => Order(runtime, symbol, a, b) is > 0 and < Unordered,
        _ => Order(runtime, symbol, a, b) is >= 0 and < Unordered,
    };

    public static bool Equal(Runtime runtime, Value a, Value b)
    {
        runtime.Charge(1);
        if (ReferenceEquals(a, b))
            return true;
        switch (a, b)
        {
            case (StringValue x, StringValue y):
                runtime.ChargeChars(Math.Min(x.Text.Length, y.Text.Length));
                return x.Text == y.Text;
            case (NumberValue x, NumberValue y):
                return SameNumber(x, y);
            case (UndefinedValue, UndefinedValue):
                return true;
            case (SequenceValue x, SequenceValue y) when x.TypeName == y.TypeName && x.Elements.Count == y.Elements.Count:
                runtime.EnsureStack();
                return x.Elements.Zip(y.Elements).All(pair => Equal(runtime, pair.First, pair.Second));
            case (DictValue x, DictValue y) when x.Entries.Count == y.Entries.Count:
                runtime.EnsureStack();
                return x.Entries.All(entry => y.Find(runtime, entry.Key) is { } other && Equal(runtime, entry.Value, other));
            default:
                return false;
        }
    }

    public static bool SameNumber(NumberValue a, NumberValue b) =>
        a is IntegralValue x && b is IntegralValue y ? x.AsInteger == y.AsInteger : a.AsDouble == b.AsDouble;

    /// <summary>The sign of a - b, or <see cref="Unordered"/>.</summary>
    public static int Order(Runtime runtime, string symbol, Value a, Value b)
    {
        runtime.Charge(1);
        switch (a, b)
        {
            case (IntegralValue x, IntegralValue y):
                return Math.Sign(x.AsInteger.CompareTo(y.AsInteger));
            case (NumberValue x, NumberValue y):
                return double.IsNaN(x.AsDouble) || double.IsNaN(y.AsDouble) ? Unordered : x.AsDouble.CompareTo(y.AsDouble);
            case (StringValue x, StringValue y):
                runtime.ChargeChars(Math.Min(x.Text.Length, y.Text.Length));
                return Math.Sign(CompareCodePoints(x.Text, y.Text));
            case (SequenceValue x, SequenceValue y) when x.TypeName == y.TypeName:
                runtime.EnsureStack();
                return OrderItems(runtime, symbol, x.Elements, y.Elements);
            case (UndefinedValue undefined, _):
                throw runtime.Error(undefined.Message);
            case (_, UndefinedValue undefined):
                throw runtime.Error(undefined.Message);
            default:
                throw runtime.Error($"'{symbol}' not supported between instances of '{a.TypeName}' and '{b.TypeName}'");
        }
    }

    public static bool Contains(Runtime runtime, Value container, Value item)
    {
        switch (container)
        {
            case StringValue text when item is StringValue part:
                runtime.ChargeChars(text.Text.Length);
                runtime.ChargeSearch(text.Text.Length, part.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case StringValue:
                throw runtime.Error($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                return KeyComparer.CanHash(runtime, item)
                    ? dict.Find(runtime, item) is not null
                    : throw runtime.Error($"unhashable type: '{item.TypeName}'");
            default:
                IReadOnlyList<Value> items = container.Items(runtime)
                    ?? throw runtime.Error($"argument of type '{container.TypeName}' is not iterable");
                return items.Any(candidate => Equal(runtime, candidate, item));
        }
    }

    private static int OrderItems(Runtime runtime, string symbol, IReadOnlyList<Value> a, IReadOnlyList<Value> b)
    {
        for (int i = 0; i < a.Count && i < b.Count; i++)
            if (!Equal(runtime, a[i], b[i]))
                return Order(runtime, symbol, a[i], b[i]);
        return a.Count.CompareTo(b.Count);
    }

    /// <summary>UTF-16 order differs from code point order only where a surrogate meets U+E000 and above.</summary>
    private static int CompareCodePoints(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length - b.Length;
        char x = a[common];
        char y = b[common];
        return char.IsSurrogate(x) != char.IsSurrogate(y) && x >= '\uD800' && y >= '\uD800' ? y - x : x - y;
    }
}
