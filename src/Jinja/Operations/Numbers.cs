using System.Globalization;
using System.Numerics;

namespace MoE.Jinja.Operations;

/// <summary>Conversions between text, int and float with Python's rules.</summary>
internal static class Numbers
{
    /// <summary>A width or precision in a format.</summary>
    public static int ParseSize(Runtime runtime, string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size <= runtime.Limits.MaxValueSize
            ? size
            : throw runtime.Error($"a size of {digits[..Math.Min(digits.Length, 20)]} is over the limit of {runtime.Limits.MaxValueSize}");

    public static IntValue Truncate(Runtime runtime, double value)
    {
        if (!double.IsFinite(value))
            throw runtime.Error($"cannot convert float {FloatText.Of(value)} to integer");
        return new IntValue(new BigInteger(value));
    }

    /// <summary>Python's <c>int(text, radix)</c>, or null where it raises.</summary>
    public static IntValue? ParseInteger(Runtime runtime, string text, int radix)
    {
        string digits = text.Trim().Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        bool negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+'))
            digits = digits[1..];
        string prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        if (prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.Ordinal))
            digits = digits[2..];
        if (digits.Length == 0)
            return null;
        BigInteger value = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetterLower(c) ? c - 'a' + 10 : int.MaxValue;
            if (digit >= radix)
                return null;
            value = (value * radix) + digit;
            if (value.GetBitLength() > runtime.Limits.MaxIntegerBits)
                throw runtime.Error($"an integer of {digits.Length} digits is over the limit of {runtime.Limits.MaxIntegerBits} bits");
        }

        return new IntValue(negative ? -value : value);
    }

    /// <summary>Python's <c>float(text)</c>, or null where it raises.</summary>
    public static double? ParseFloat(string text)
    {
        string number = text.Trim().ToLowerInvariant();
        switch (number.TrimStart('+', '-'))
        {
            case "inf" or "infinity":
                return number.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
            case "nan":
                return double.NaN;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(number, Style, CultureInfo.InvariantCulture, out double value) ? value : null;
    }
}
