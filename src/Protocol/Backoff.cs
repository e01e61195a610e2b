using Akka.Configuration;

namespace MoE.Protocol;

/// <summary>Pauses before something that failed is tried again.</summary>
/// <param name="Shortest">After the first failure; each one that follows doubles it.</param>
/// <param name="Longest">The longest.</param>
public sealed record Backoff(TimeSpan Shortest, TimeSpan Longest)
{
    /// <param name="failures">Failures in a row, at least 1.</param>
    public TimeSpan Pause(int failures)
    {
        var pause = Shortest;
        for (var i = 1; i < failures && pause < Longest; i++)
            pause *= 2;
        return pause < Longest ? pause : Longest;
    }

    /// <summary>Reads <c>KEY-min</c> and <c>KEY-max</c>.</summary>
    /// <param name="section">The section.</param>
    /// <param name="path">Where the section stands.</param>
    /// <param name="key">What both keys begin with.</param>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static Backoff Read(Config section, string path, string key)
    {
        var backoff = new Backoff(ConfigValues.Positive(section, path, $"{key}-min"), ConfigValues.Positive(section, path, $"{key}-max"));
        return backoff.Shortest <= backoff.Longest
            ? backoff
            : throw new ConfigurationException($"{path}.{key}-max = {backoff.Longest}: must be at least {key}-min = {backoff.Shortest}");
    }
}
