using System.Numerics;

namespace MoE.Jinja.Builtins;

/// <summary>The arguments of one call of a <see cref="Builtin"/>, by position; null where one is missing.</summary>
internal sealed class Call(string name, Runtime runtime, Value?[] values)
{
    public Runtime Runtime => runtime;

    public Value? this[int i] => values[i];

    /// <summary>The filtered value, the tested value or the object of a method.</summary>
    public Value Self => values[0]!;

    public bool Has(int i) => values[i] is not (null or NoneValue);

    /// <summary>The argument as text, whatever its type.</summary>
    public StringValue Text(int i) => values[i]!.ToStr(runtime);

    /// <summary>An argument that has to be a string.</summary>
    public StringValue String(int i) => values[i] switch
    {
        StringValue text => text,
        UndefinedValue undefined => throw runtime.Error(undefined.Message),
        var other => throw runtime.Error($"{name}() needs a string, not {other!.TypeName}"),
    };

    public string String(int i, string missing) => Has(i) ? String(i).Text : missing;

    /// <summary>An integer, clamped to what a position can be.</summary>
    public int Int(int i) => values[i] switch
    {
        IntegralValue number => (int)BigInteger.Clamp(number.AsInteger, int.MinValue + 1, int.MaxValue),
        UndefinedValue undefined => throw runtime.Error(undefined.Message),
        var other => throw runtime.Error($"{name}() needs an integer, not {other!.TypeName}"),
    };

    public int Int(int i, int missing) => Has(i) ? Int(i) : missing;

    public bool Flag(int i, bool missing = false) => values[i]?.Truthy ?? missing;

    /// <summary>The argument's items; walking them is paid for here.</summary>
    public IReadOnlyList<Value> Items(int i = 0)
    {
        IReadOnlyList<Value> items = Access.Items(runtime, values[i]!);
        runtime.Charge(items.Count);
        return items;
    }

    public JinjaException Error(string reason) => runtime.Error($"{name}(): {reason}");
}
