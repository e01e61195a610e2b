using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.placement.load-retry-*</c> keys: when a node that could not load its experts gets some again.</summary>
/// <param name="Shortest">Pause after the first failure; each one that follows doubles it.</param>
/// <param name="Longest">Longest pause.</param>
public sealed record LoadRetrySettings(TimeSpan Shortest, TimeSpan Longest)
{
    /// <param name="failures">Failures in a row, at least 1.</param>
    public TimeSpan Pause(int failures)
    {
        var pause = Shortest;
        for (var i = 1; i < failures && pause < Longest; i++)
            pause *= 2;
        return pause < Longest ? pause : Longest;
    }

    internal static LoadRetrySettings Read(Config section)
    {
        const string name = "moe.placement";
        var settings = new LoadRetrySettings(
            ConfigValues.Positive(section, name, "load-retry-min"), ConfigValues.Positive(section, name, "load-retry-max"));
        return settings.Shortest <= settings.Longest
            ? settings
            : throw new ConfigurationException($"{name}.load-retry-max = {settings.Longest}: must be at least load-retry-min = {settings.Shortest}");
    }
}
