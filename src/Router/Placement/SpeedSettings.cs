using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.placement.node-speed*</c> keys.</summary>
/// <param name="Measured">Whether nodes get experts by their measured speed; else by their threads.</param>
/// <param name="Change">How many times another share the speeds must ask for before experts move.</param>
/// <param name="MaxRatio">How many times the share of the slowest node the fastest may have.</param>
public sealed record SpeedSettings(bool Measured, double Change, double MaxRatio)
{
    internal static SpeedSettings Read(Config section)
    {
        const string name = "moe.placement";
        var measured = section.GetString("node-speed") switch
        {
            "measured" => true,
            "threads" => false,
            var other => throw new ConfigurationException($"{name}.node-speed = {other}: must be measured or threads"),
        };
        var settings = new SpeedSettings(measured, section.GetDouble("node-speed-change"), section.GetDouble("node-speed-max-ratio"));
        if (settings.Change is not (> 1 and <= 16))
            throw new ConfigurationException($"{name}.node-speed-change = {settings.Change}: must be above 1 and at most 16");
        return settings.MaxRatio is >= 1 and <= 1024
            ? settings
            : throw new ConfigurationException($"{name}.node-speed-max-ratio = {settings.MaxRatio}: must be between 1 and 1024");
    }
}
