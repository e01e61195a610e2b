using System.Globalization;
using System.Numerics;

namespace MoE.Jinja.Operations;

/// <summary>Width, alignment and type of one formatted value, for <c>%</c> and <c>str.format</c>.</summary>
/// <param name="Fill">What pads.</param>
/// <param name="Align">'&lt;', '&gt;', '^', '=' (between sign and digits) or null for the value's own.</param>
/// <param name="Sign">'+', ' ' or '-'.</param>
/// <param name="Alternate">Whether a radix is written before the digits.</param>
/// <param name="Grouped">Whether commas part thousands.</param>
/// <param name="Width">Least characters.</param>
/// <param name="Precision">Decimals of a number, most characters of a text.</param>
/// <param name="Type">s, d, x, X, o, b, e, f, g, % or null for the value's own.</param>
internal sealed record FormatSpec(char Fill, char? Align, char Sign, bool Alternate, bool Grouped, int Width, int? Precision, char? Type)
{
    private const int MaxPrecision = 100;

    public void Write(Runtime runtime, TextBuilder output, Value value)
    {
        if (Precision > MaxPrecision && Type is not (null or 's'))
            throw runtime.Error($"a precision of {Precision} is over the limit of {MaxPrecision}");
        runtime.CheckSize(Width);
        if (value is NumberValue number && Type is not 's' && !(value is BoolValue && Type is null))
            WriteNumber(runtime, output, number);
        else if (Type is null or 's')
            WriteText(runtime, output, value.ToStr(runtime));
        else
            throw runtime.Error($"format '{Type}' needs a number, not {value.TypeName}");
    }

    private void WriteText(Runtime runtime, TextBuilder output, StringValue text)
    {
        if (Precision is { } most && most < text.Length)
            text = text.SliceCodePoints(0, most);
        Pad(output, Align ?? '<', text.Length!.Value, () => output.Append(text));
    }

    private void WriteNumber(Runtime runtime, TextBuilder output, NumberValue number)
    {
        bool isInteger = number is IntegralValue && Type is null or 'd' or 'x' or 'X' or 'o' or 'b';
        if (isInteger && number is FloatValue)
            throw runtime.Error($"format '{Type}' needs an integer, not float");
        string digits = isInteger ? Integer(BigInteger.Abs(((IntegralValue)number).AsInteger)) : Float(Math.Abs(number.AsDouble));
        bool negative = isInteger ? ((IntegralValue)number).AsInteger.Sign < 0 : double.IsNegative(number.AsDouble);
        string sign = negative ? "-" : Sign == '-' ? "" : Sign.ToString();
        if (Align == '=')
        {
            output.Append(sign);
            Pad(output, '>', digits.Length + sign.Length, () => output.Append(digits));
            return;
        }

        Pad(output, Align ?? '>', digits.Length + sign.Length, () => output.Append(sign + digits));
    }

    private void Pad(TextBuilder output, char align, int length, Action write)
    {
        int missing = Math.Max(0, Width - length);
        int before = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        output.Append(new string(Fill, before));
        write();
        output.Append(new string(Fill, missing - before));
    }

    private string Integer(BigInteger value) => Type switch
    {
        'x' or 'X' => (Alternate ? "0" + Type : "") + Radix(value, 16, Type == 'X'),
        'o' => (Alternate ? "0o" : "") + Radix(value, 8, false),
        'b' => (Alternate ? "0b" : "") + Radix(value, 2, false),
        _ => value.ToString(Grouped ? "N0" : "R", CultureInfo.InvariantCulture),
    };

    private static string Radix(BigInteger value, int radix, bool upper)
    {
        string digits = "";
        do
        {
            digits = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[(int)(value % radix)] + digits;
            value /= radix;
        }
        while (!value.IsZero);
        return digits;
    }

    private string Float(double value)
    {
        if (!double.IsFinite(value))
            return FloatText.Of(value);
        int precision = Precision ?? 6;
        return Type switch
        {
            null when Precision is null => FloatText.Of(value),
            null or 'g' => General(value, Math.Max(1, precision)),
            'e' => Exponential(value, precision),
            '%' => (value * 100).ToString("F" + precision, CultureInfo.InvariantCulture) + "%",
            _ => value.ToString((Grouped ? "N" : "F") + precision, CultureInfo.InvariantCulture),
        };
    }

    private static string Exponential(double value, int precision)
    {
        string text = value.ToString("E" + precision, CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E');
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{text[..mark]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private string General(double value, int precision)
    {
        string exponential = Exponential(value, precision - 1);
        int mark = exponential.IndexOf('e');
        int exponent = int.Parse(exponential.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent >= -4 && exponent < precision)
            return TrimZeros(value.ToString("F" + (precision - 1 - exponent), CultureInfo.InvariantCulture)) + (Type is null && exponent == precision - 1 ? ".0" : "");
        return TrimZeros(exponential[..mark]) + exponential[mark..];
    }

    private static string TrimZeros(string number) => number.Contains('.') ? number.TrimEnd('0').TrimEnd('.') : number;
}
