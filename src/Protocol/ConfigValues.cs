using Akka.Configuration;

namespace MoE.Protocol;

/// <summary>Settings of a section, checked; an error names the whole key, the value and the bound.</summary>
public static class ConfigValues
{
    /// <param name="section">The section.</param>
    /// <param name="path">Where the section stands: <c>moe.dispatch</c>.</param>
    /// <param name="key">The key in it.</param>
    /// <exception cref="ConfigurationException">The value is not above 0.</exception>
    public static TimeSpan Positive(Config section, string path, string key)
    {
        ArgumentNullException.ThrowIfNull(section);
        var value = section.GetTimeSpan(key, allowInfinite: false);
        return value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException($"{path}.{key} = {value}: must be positive");
    }

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
}
