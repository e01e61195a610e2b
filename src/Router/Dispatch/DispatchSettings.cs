using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.dispatch.*</c> keys.</summary>
/// <param name="Deadline">Longest time from a dispatch's start to its end.</param>
/// <param name="DeadlineTick">How often deadlines are checked.</param>
/// <param name="ReconnectInterval">Pause before a closed lane is dialled again.</param>
/// <param name="MaxPending">Dispatches that may be under way at once; one more fails at once.</param>
public sealed record DispatchSettings(TimeSpan Deadline, TimeSpan DeadlineTick, TimeSpan ReconnectInterval, int MaxPending)
{
    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static DispatchSettings Read(Config config)
    {
        var section = config.GetConfig("moe.dispatch");
        var maxPending = section.GetInt("max-pending");
        if (maxPending < 1)
            throw new ConfigurationException($"moe.dispatch.max-pending = {maxPending}: must be at least 1");
        return new DispatchSettings(
            ConfigValues.Positive(section, "moe.dispatch", "deadline"),
            ConfigValues.Positive(section, "moe.dispatch", "deadline-tick"),
            ConfigValues.Positive(section, "moe.dispatch", "reconnect-interval"),
            maxPending);
    }

    /// <summary>The layer's own wait: past the deadline by enough for the dispatcher to say what is missing.</summary>
    public TimeSpan Backstop => Deadline + DeadlineTick + TimeSpan.FromSeconds(5);
}
