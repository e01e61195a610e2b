using Akka.Configuration;

namespace MoE.Protocol;

/// <summary>Settings of a section, checked; an error names the whole key, the value and the bound.</summary>
public static class ConfigValues
{
    /// <param name="section">The section.</param>
    /// <param name="path">Where the section stands: <c>moe.dispatch</c>.</param>
    /// <param name="key">The key in it.</param>
    /// <exception cref="ConfigurationException">The value is no time, or not above 0.</exception>
    public static TimeSpan Positive(Config section, string path, string key) => PositiveTime(section, key, $"{path}.{key}");

    /// <param name="config">The whole configuration.</param>
    /// <param name="key">The whole key.</param>
    /// <exception cref="ConfigurationException">The value is no time, or not above 0.</exception>
    public static TimeSpan Positive(Config config, string key) => PositiveTime(config, key, key);

    /// <param name="section">The section.</param>
    /// <param name="path">Where the section stands.</param>
    /// <param name="key">The key in it.</param>
    /// <param name="least">Smallest value.</param>
    /// <param name="most">Largest value.</param>
    /// <exception cref="ConfigurationException">The value is outside the bounds.</exception>
    public static long Integer(Config section, string path, string key, long least, long most)
    {
        ArgumentNullException.ThrowIfNull(section);
        var value = section.GetLong(key);
        return value >= least && value <= most
            ? value
            : throw new ConfigurationException($"{path}.{key} = {value}: must be {least} to {most}");
    }

    private static TimeSpan PositiveTime(Config section, string key, string whole)
    {
        ArgumentNullException.ThrowIfNull(section);
        try
        {
            if (section.GetTimeSpan(key, allowInfinite: false) is var value && value > TimeSpan.Zero)
                return value;
        }
        catch (FormatException)
        {
            // Said below, with the key.
        }

        throw new ConfigurationException($"{whole} = {section.GetString(key)}: must be a positive time: 30s, 500ms, 2m");
    }
}
