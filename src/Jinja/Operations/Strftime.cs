using System.Globalization;

namespace MoE.Jinja.Operations;

/// <summary>C's <c>strftime</c> in the C locale. A dash after the percent sign drops the padding, as in glibc.</summary>
internal static class Strftime
{
    public static string Format(Runtime runtime, string format, DateTimeOffset time)
    {
        var output = new TextBuilder(runtime);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            bool bare = format[++i] == '-' && i + 1 < format.Length;
            if (bare)
                i++;
            string part = Directive(runtime, format[i], time);
            output.Append(bare ? part.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }

        return output.ToValue().Text;
    }

    private static string Directive(Runtime runtime, char directive, DateTimeOffset time) => directive switch
    {
        'a' => Custom(time, "ddd"),
        'A' => Custom(time, "dddd"),
        'b' or 'h' => Custom(time, "MMM"),
        'B' => Custom(time, "MMMM"),
        'c' => Custom(time, "ddd MMM ") + Custom(time, "%d").PadLeft(2) + Custom(time, " HH:mm:ss yyyy"),
        'd' => Custom(time, "dd"),
        'D' or 'x' => Custom(time, "MM'/'dd'/'yy"),
        'e' => Custom(time, "%d").PadLeft(2),
        'f' => Custom(time, "ffffff"),
        'F' => Custom(time, "yyyy-MM-dd"),
        'H' => Custom(time, "HH"),
        'I' => Custom(time, "hh"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Custom(time, "MM"),
        'M' => Custom(time, "mm"),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'R' => Custom(time, "HH:mm"),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Custom(time, "ss"),
        't' => "\t",
        'T' or 'X' => Custom(time, "HH:mm:ss"),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'y' => Custom(time, "yy"),
        'Y' => Custom(time, "yyyy"),
        // Python's datetime.now() knows no zone.
        'z' or 'Z' => "",
        '%' => "%",
        _ => throw runtime.Error($"strftime_now does not know '%{directive}'"),
    };

    private static string Custom(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
