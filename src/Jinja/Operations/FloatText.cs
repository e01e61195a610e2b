using System.Globalization;
using System.Text;

namespace MoE.Jinja.Operations;

/// <summary>A float as Python's <c>repr()</c> writes it: the shortest digits that read back, an exponent below 1e-4 and from 1e16.</summary>
internal static class FloatText
{
    public static string Of(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";

        string scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        string digits = Digits(shortest);
        int exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var text = new StringBuilder(value < 0 ? "-" : "");
        if (exponent is < -4 or >= 16)
        {
            text.Append(digits[0]);
            if (digits.Length > 1)
                text.Append('.').Append(digits, 1, digits.Length - 1);
            return text.Append('e').Append(exponent < 0 ? '-' : '+').Append(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)).ToString();
        }

        if (exponent < 0)
            return text.Append("0.").Append('0', -exponent - 1).Append(digits).ToString();
        string padded = digits.PadRight(exponent + 2, '0');
        return text.Append(padded, 0, exponent + 1).Append('.').Append(padded, exponent + 1, padded.Length - exponent - 1).ToString();
    }

    /// <summary>The significant digits of a number as .NET writes it.</summary>
    private static string Digits(string number)
    {
        int exponent = number.IndexOf('E');
        string mantissa = exponent < 0 ? number : number[..exponent];
        string digits = mantissa.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return digits.Length == 0 ? "0" : digits;
    }
}
