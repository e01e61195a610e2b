using System.Numerics;

namespace MoE.Jinja.Operations;

/// <summary>Python's <c>+ - * / // % **</c>.</summary>
internal static class Arithmetic
{
    public static Value Apply(Runtime runtime, string symbol, Value a, Value b)
    {
        if ((a as UndefinedValue ?? b as UndefinedValue) is { } undefined && !(a is StringValue && symbol == "%"))
            throw runtime.Error(undefined.Message);
        return (symbol, a, b) switch
        {
            (_, IntegralValue x, IntegralValue y) when symbol != "/" && !(symbol == "**" && y.AsInteger.Sign < 0) =>
                Integers(runtime, symbol, x.AsInteger, y.AsInteger),
            (_, NumberValue x, NumberValue y) => new FloatValue(Floats(runtime, symbol, x.AsDouble, y.AsDouble)),
            ("+", StringValue x, StringValue y) => Join(runtime, x, y),
            ("+", SequenceValue x, SequenceValue y) when x.TypeName == y.TypeName && x is not RangeValue => Join(runtime, x, y),
            ("*", _, IntegralValue times) when a is StringValue or SequenceValue => Repeat(runtime, a, times),
            ("*", IntegralValue times, _) when b is StringValue or SequenceValue => Repeat(runtime, b, times),
            ("%", StringValue format, _) => PercentFormat.Apply(runtime, format, b),
            ("+", StringValue, _) => throw runtime.Error($"can only concatenate str (not \"{b.TypeName}\") to str"),
            _ => throw runtime.Error($"unsupported operand type(s) for {symbol}: '{a.TypeName}' and '{b.TypeName}'"),
        };
    }

    public static Value Sign(Runtime runtime, bool negative, Value value) => value switch
    {
        IntegralValue number => new IntValue(negative ? -number.AsInteger : number.AsInteger),
        FloatValue number => new FloatValue(negative ? -number.AsDouble : number.AsDouble),
        UndefinedValue undefined => throw runtime.Error(undefined.Message),
        _ => throw runtime.Error($"bad operand type for unary {(negative ? '-' : '+')}: '{value.TypeName}'"),
    };

    private static IntValue Integers(Runtime runtime, string symbol, BigInteger a, BigInteger b)
    {
        if (b.IsZero && symbol is "//" or "%")
            throw runtime.Error("integer division or modulo by zero");
        BigInteger result = symbol switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "//" => FloorDivide(a, b),
            "%" => a - (FloorDivide(a, b) * b),
            _ => Power(runtime, a, b),
        };
        if (result.GetBitLength() > runtime.Limits.MaxIntegerBits)
            throw runtime.Error($"an integer of {result.GetBitLength()} bits is over the limit of {runtime.Limits.MaxIntegerBits}");
        return new IntValue(result);
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return !remainder.IsZero && (remainder.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    private static BigInteger Power(Runtime runtime, BigInteger a, BigInteger b)
    {
        if (BigInteger.Abs(a) <= 1)
            return a.Sign >= 0 || b.IsEven ? (b.IsZero ? 1 : BigInteger.Abs(a)) : a;
        if (b * (long)(a.GetBitLength() - 1) > runtime.Limits.MaxIntegerBits)
            throw runtime.Error($"a power is over the limit of {runtime.Limits.MaxIntegerBits} bits");
        return BigInteger.Pow(a, (int)b);
    }

    private static double Floats(Runtime runtime, string symbol, double a, double b)
    {
        if (b == 0 && symbol is "/" or "//" or "%")
            throw runtime.Error("division by zero");
        switch (symbol)
        {
            case "+":
                return a + b;
            case "-":
                return a - b;
            case "*":
                return a * b;
            case "/":
                return a / b;
            case "**":
                return Math.Pow(a, b);
        }

        double remainder = a % b;
        if (remainder != 0 && (remainder < 0) != (b < 0))
            remainder += b;
        return symbol == "%" ? remainder : Math.Round((a - remainder) / b);
    }

    private static StringValue Join(Runtime runtime, StringValue a, StringValue b)
    {
        if (a.Text.Length == 0)
            return b;
        if (b.Text.Length == 0)
            return a;
        var text = new TextBuilder(runtime);
        text.Append(a);
        text.Append(b);
        return text.ToValue();
    }

    private static SequenceValue Join(Runtime runtime, SequenceValue a, SequenceValue b)
    {
        runtime.CheckSize((long)a.Elements.Count + b.Elements.Count);
        runtime.Charge(a.Elements.Count + b.Elements.Count);
        return a.With([.. a.Elements, .. b.Elements]);
    }

    private static Value Repeat(Runtime runtime, Value value, IntegralValue factor)
    {
        int unit = Math.Max(1, value is StringValue s ? s.Text.Length : value.Length!.Value);
        BigInteger size = factor.AsInteger * unit;
        runtime.CheckSize((long)BigInteger.Min(size, long.MaxValue));
        long times = size.Sign <= 0 ? 0 : (long)factor.AsInteger;
        if (value is StringValue text)
        {
            var builder = new TextBuilder(runtime);
            builder.Repeat(text, times);
            return builder.ToValue();
        }

        var sequence = (SequenceValue)value;
        var items = new List<Value>();
        runtime.Charge(times * sequence.Elements.Count);
        for (long i = 0; i < times; i++)
            items.AddRange(sequence.Elements);
        return sequence.With(items);
    }
}
