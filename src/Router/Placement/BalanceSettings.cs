using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.placement.balance-*</c> keys.</summary>
/// <param name="Interval">Time between two looks at the load; a layer moves at most once in it.</param>
/// <param name="Threshold">A layer moves when its busiest node has this many times the mean.</param>
/// <param name="Gain">And when the moves take away at least this part of the busiest node's load.</param>
/// <param name="MinTokens">Tokens of a layer within the interval below which its load is noise.</param>
/// <param name="MaxMoves">Experts that one change copies or moves.</param>
public sealed record BalanceSettings(TimeSpan Interval, double Threshold, double Gain, long MinTokens, int MaxMoves)
{
    internal static BalanceSettings Read(Config section)
    {
        const string name = "moe.placement";
        var settings = new BalanceSettings(
            ConfigValues.Positive(section, name, "balance-interval"),
            section.GetDouble("balance-threshold"),
            section.GetDouble("balance-gain"),
            ConfigValues.Integer(section, name, "balance-min-tokens", 1, long.MaxValue),
            (int)ConfigValues.Integer(section, name, "balance-max-moves", 1, 4096));
        if (!(settings.Threshold >= 1))
            throw new ConfigurationException($"{name}.balance-threshold = {settings.Threshold}: must be at least 1");
        return settings.Gain is > 0 and < 1
            ? settings
            : throw new ConfigurationException($"{name}.balance-gain = {settings.Gain}: must be between 0 and 1");
    }
}
