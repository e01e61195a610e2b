namespace MoE.Jinja.Builtins;

/// <summary>Tests: <c>x is defined</c>.</summary>
internal static class TestTable
{
    private static readonly BuiltinTable _table = Build();

    public static CallableValue? Find(string name) => _table.Find(name);

    private static BuiltinTable Build()
    {
        var table = new BuiltinTable();
        OfType(table, "defined", value => value is not UndefinedValue);
        OfType(table, "undefined", value => value is UndefinedValue);
        OfType(table, "none", value => value is NoneValue);
        OfType(table, "string", value => value is StringValue);
        OfType(table, "number", value => value is NumberValue);
        OfType(table, "integer", value => value is IntValue);
        OfType(table, "float", value => value is FloatValue);
        OfType(table, "boolean", value => value is BoolValue);
        OfType(table, "true", value => value == BoolValue.True);
        OfType(table, "false", value => value == BoolValue.False);
        OfType(table, "mapping", value => value is DictValue);
        OfType(table, "sequence", value => value is StringValue or SequenceValue or DictValue or UndefinedValue);
        OfType(table, "iterable", value => value is StringValue or SequenceValue or DictValue or DictViewValue or IteratorValue or UndefinedValue);
        OfType(table, "callable", value => value is CallableValue or UndefinedValue);
        OfType(table, "escaped", _ => false);
        table.Add("lower", "value", call => BoolValue.Of(StringSearch.HasCase(call.Text(0).Text, char.IsLower, char.IsUpper)))
            .Add("upper", "value", call => BoolValue.Of(StringSearch.HasCase(call.Text(0).Text, char.IsUpper, char.IsLower)))
            .Add("odd", "value", call => BoolValue.Of(Remainder(call, new IntValue(2)) == 1))
            .Add("even", "value", call => BoolValue.Of(Remainder(call, new IntValue(2)) == 0))
            .Add("divisibleby", "value num", call => BoolValue.Of(Remainder(call, call[1]!) == 0))
            .Add("filter", "value", call => BoolValue.Of(FilterTable.Find(call.Text(0).Text) is not null))
            .Add("test", "value", call => BoolValue.Of(Find(call.Text(0).Text) is not null))
            .Add("sameas", "value other", call => BoolValue.Of(Same(call.Self, call[1]!)));
        Compares(table, "==", "eq", "equalto");
        Compares(table, "!=", "ne");
        Compares(table, "<", "lt", "lessthan");
        Compares(table, "<=", "le");
        Compares(table, ">", "gt", "greaterthan");
        Compares(table, ">=", "ge");
        Compares(table, "in");
        return table;
    }

    private static void OfType(BuiltinTable table, string name, Func<Value, bool> test) =>
        table.Add(name, "value", call => BoolValue.Of(test(call.Self)));

    private static void Compares(BuiltinTable table, string symbol, params ReadOnlySpan<string> aliases)
    {
        table.Add(symbol, "value other", call => BoolValue.Of(Comparison.Holds(call.Runtime, symbol, call.Self, call[1]!)));
        foreach (string alias in aliases)
            table.Alias(alias, symbol);
    }

    private static double Remainder(Call call, Value divisor) =>
        Arithmetic.Apply(call.Runtime, "%", call.Self, divisor) is NumberValue remainder
            ? remainder.AsDouble
            : throw call.Error($"needs a number, not {call.Self.TypeName}");

    /// <summary>Python's <c>is</c>: small values that are equal and of one type are one object there.</summary>
    private static bool Same(Value a, Value b) => ReferenceEquals(a, b)
        || (a is IntValue x && b is IntValue y && x.AsInteger == y.AsInteger)
        || (a is StringValue s && b is StringValue t && s.Text == t.Text);
}
