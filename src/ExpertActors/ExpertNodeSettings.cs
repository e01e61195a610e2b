using Akka.Configuration;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>The <c>moe.expert.*</c> keys that the node's actor reads.</summary>
/// <param name="RegisterInterval">How often an unanswered registration is repeated.</param>
/// <param name="LoadReportInterval">How often the node reports its load.</param>
/// <param name="MaxDispatches">Dispatches that may be under way at once; one more is answered Overloaded.</param>
/// <param name="MaxAnswerBytes">Longest answer to a dispatch: what fits a frame of the lane (<c>moe.lane.max-frame-bytes</c>).</param>
/// <param name="Activations">How rows travel (<c>moe.lane.activations</c>).</param>
public sealed record ExpertNodeSettings(
    TimeSpan RegisterInterval, TimeSpan LoadReportInterval, int MaxDispatches, long MaxAnswerBytes, RowPrecision Activations = RowPrecision.F32)
{
    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static ExpertNodeSettings Read(Config config)
    {
        var section = config.GetConfig("moe.expert");
        var maxDispatches = section.GetInt("max-dispatches");
        if (maxDispatches < 1)
            throw new ConfigurationException($"moe.expert.max-dispatches = {maxDispatches}: must be at least 1");
        return new ExpertNodeSettings(
            ConfigValues.Positive(section, "moe.expert", "register-interval"),
            ConfigValues.Positive(section, "moe.expert", "load-report-interval"),
            maxDispatches,
            config.GetLong("moe.lane.max-frame-bytes"),
            RowPrecisions.Read(config));
    }
}
