using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace MoE.Host;

/// <summary>
/// Holds what people write against <c>reference.conf</c>, which has every <c>moe.*</c> key with a default: a key that is not there
/// is a mistake that nobody would notice, and a value is of the kind that its default is of (a number that may have a fraction has one there). Bounds are checked where keys are read.
/// </summary>
internal static partial class ReferenceCheck
{
    private const string Section = "moe";

    // Below these the keys are Akka's.
    private const string Dispatcher = "dispatcher";

    /// <param name="written">What people wrote.</param>
    /// <param name="where">Says where, before the key: <c>--config FILE: </c>, or nothing.</param>
    /// <param name="reference">The shipped defaults.</param>
    /// <exception cref="ConfigurationException">The first key that is unknown, or whose value is of another kind.</exception>
    public static void Check(Config written, string where, Config reference)
    {
        if (written.Root?.IsObject() != true || written.Root.GetObject().GetKey(Section) is not { } section)
            return;
        Check(section, reference.GetValue(Section), Section, where);
    }

    private static void Check(HoconValue written, HoconValue reference, string path, string where)
    {
        if (!reference.IsObject())
        {
            CheckValue(written, reference, path, where);
            return;
        }

        if (!written.IsObject())
            throw new ConfigurationException($"{where}{path} = {Text(written)}: must be a section with keys");
        var known = reference.GetObject();
        foreach (var (key, value) in written.GetObject().Items)
        {
            var inner = $"{path}.{key}";
            if (known.GetKey(key) is not { } expected)
                throw new ConfigurationException($"{where}{inner}: no such key; reference.conf has all there are");
            if (key != Dispatcher)
                Check(value, expected, inner, where);
        }
    }

    private static void CheckValue(HoconValue written, HoconValue reference, string path, string where)
    {
        if (written.IsObject())
            throw new ConfigurationException($"{where}{path}: must be a value, not a section");
        if (IsList(reference) != IsList(written))
            throw new ConfigurationException($"{where}{path} = {Text(written)}: must be {(IsList(reference) ? "a list: [a, b]" : "one value, not a list")}");
        if (IsList(reference))
            return;
        var (isRight, expected) = Kind(reference.GetString(), written.GetString());
        if (!isRight)
            throw new ConfigurationException($"{where}{path} = {written.GetString()}: must be {expected}");
    }

    private static (bool IsRight, string Expected) Kind(string reference, string text)
    {
        if (Switches.Contains(reference))
            return (Switches.Contains(text), "on or off");
        if (long.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _), "a whole number");
        if (double.TryParse(reference, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number), "a number");
        return Time().IsMatch(reference) ? (Time().IsMatch(text), "a time: 30s, 500ms, 2m") : (true, "text");
    }

    // An empty list says of itself that it is none; it has no text either.
    private static bool IsList(HoconValue value) => value.IsArray() || value.GetString() is null;

    private static string Text(HoconValue value) => IsList(value) ? "[…]" : value.GetString();

    private static readonly string[] Switches = ["on", "off", "true", "false", "yes", "no"];

    // Without a unit HOCON means milliseconds.
    [GeneratedRegex(@"^\s*-?\d+(\.\d+)?\s*(ns|us|ms|s|m|h|d|nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?|seconds?|minutes?|hours?|days?)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
