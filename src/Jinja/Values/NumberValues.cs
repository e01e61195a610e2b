using System.Numerics;

namespace MoE.Jinja.Values;

/// <summary>bool, int or float.</summary>
internal abstract class NumberValue : Value
{
    public abstract double AsDouble { get; }
}

/// <summary>int, or bool, which Python takes for one.</summary>
internal abstract class IntegralValue : NumberValue
{
    public abstract BigInteger AsInteger { get; }
}

internal sealed class BoolValue : IntegralValue
{
    private readonly bool _value;

    private BoolValue(bool value) => _value = value;

    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    public override string TypeName => "bool";

    public override bool Truthy => _value;

    public override double AsDouble => _value ? 1 : 0;

    public override BigInteger AsInteger => _value ? BigInteger.One : BigInteger.Zero;

    public static BoolValue Of(bool value) => value ? True : False;

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append(_value ? "True" : "False");
}

internal sealed class IntValue(BigInteger value) : IntegralValue
{
    public override string TypeName => "int";

    public override bool Truthy => !value.IsZero;

    public override double AsDouble => (double)value;

    public override BigInteger AsInteger => value;

    /// <summary>The position that this index means in a sequence of a length, negative ones counted from the end.</summary>
    public bool TryIndex(int length, out int index)
    {
        BigInteger at = value.Sign < 0 ? value + length : value;
        bool found = at.Sign >= 0 && at < length;
        index = found ? (int)at : 0;
        return found;
    }

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

internal sealed class FloatValue(double value) : NumberValue
{
    public override string TypeName => "float";

    public override bool Truthy => value != 0;

    public override double AsDouble => value;

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append(FloatText.Of(value));
}
