namespace MoE.Jinja.Builtins;

/// <summary>Filters on single values: conversions, defaults, numbers, JSON.</summary>
internal static class ValueFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("default", "value default_value? boolean?", call =>
            call.Self is UndefinedValue || (call.Flag(2) && !call.Self.Truthy) ? call[1] ?? StringValue.Empty : call.Self)
        .Alias("d", "default")
        .Add("int", "value default? base?", ToInt)
        .Add("float", "value default?", ToFloat)
        .Add("abs", "x", Abs)
        .Add("round", "value precision? method?", Round)
        .Add("attr", "obj name", call => call.Self.Member(call.Runtime, call.String(1).Text)
            ?? new UndefinedValue($"'{call.Self.ObjectName}' has no attribute '{call.String(1).Text}'"))
        .Add("tojson", "value ensure_ascii? indent? separators? sort_keys?", ToJson);

    private static Value ToInt(Call call)
    {
        Value missing = call[1] ?? new IntValue(0);
        switch (call.Self)
        {
            case IntegralValue number:
                return new IntValue(number.AsInteger);
            case FloatValue number:
                return double.IsFinite(number.AsDouble) ? Numbers.Truncate(call.Runtime, number.AsDouble) : missing;
            case UndefinedValue undefined:
                throw call.Runtime.Error(undefined.Message);
            case StringValue text:
                if (Numbers.ParseInteger(call.Runtime, text.Text, call.Int(2, 10)) is { } parsed)
                    return parsed;
                return Numbers.ParseFloat(text.Text) is { } real && double.IsFinite(real) ? Numbers.Truncate(call.Runtime, real) : missing;
            default:
                return missing;
        }
    }

    private static Value ToFloat(Call call) => call.Self switch
    {
        NumberValue number => new FloatValue(number.AsDouble),
        StringValue text when Numbers.ParseFloat(text.Text) is { } parsed => new FloatValue(parsed),
        UndefinedValue undefined => throw call.Runtime.Error(undefined.Message),
        _ => call[1] ?? new FloatValue(0),
    };

    private static NumberValue Abs(Call call) => call.Self switch
    {
        IntegralValue number => new IntValue(System.Numerics.BigInteger.Abs(number.AsInteger)),
        FloatValue number => new FloatValue(Math.Abs(number.AsDouble)),
        _ => throw call.Error($"needs a number, not {call.Self.TypeName}"),
    };

    private static Value Round(Call call)
    {
        int precision = call.Int(1, 0);
        string method = call.String(2, "common");
        if (call.Self is not NumberValue number)
            throw call.Error($"needs a number, not {call.Self.TypeName}");
        if (Math.Abs(precision) > 300)
            throw call.Error($"a precision of {precision} is outside -300 to 300");
        double scale = Math.Pow(10, precision);
        switch (method)
        {
            case "ceil":
                return new FloatValue(Math.Ceiling(number.AsDouble * scale) / scale);
            case "floor":
                return new FloatValue(Math.Floor(number.AsDouble * scale) / scale);
            case not "common":
                throw call.Error($"method '{method}' is none of common, ceil, floor");
        }

        if (number is IntegralValue integer && precision >= 0)
            return new IntValue(integer.AsInteger);
        double rounded = Rounded(number.AsDouble, precision);
        return number is IntegralValue ? Numbers.Truncate(call.Runtime, rounded) : new FloatValue(rounded);
    }

    /// <summary>Half to even of the exact value, as CPython's <c>round</c>: through the decimal digits, which .NET writes exactly.</summary>
    private static double Rounded(double value, int precision)
    {
        if (!double.IsFinite(value) || precision > 100)
            return value;
        if (precision > 0)
            return double.Parse(value.ToString("F" + precision, System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
        double scale = Math.Pow(10, -precision);
        return Math.Round(value / scale, MidpointRounding.ToEven) * scale;
    }

    private static StringValue ToJson(Call call)
    {
        string? indent = call[2] switch
        {
            null or NoneValue => null,
            StringValue text => text.Text,
            _ => new string(' ', Math.Clamp(call.Int(2), 0, call.Runtime.Limits.MaxNesting)),
        };
        (string item, string key) = (indent is null ? ", " : ",", ": ");
        if (call.Has(3))
            (item, key) = call.Items(3) is [StringValue first, StringValue second]
                ? (first.Text, second.Text)
                : throw call.Error("separators must be two strings");
        return JsonWriter.Dump(call.Runtime, call.Self, new JsonStyle(item, key, indent, call.Flag(1), call.Flag(4)));
    }
}
