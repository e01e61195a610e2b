using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.placement.*</c> keys.</summary>
/// <param name="MinNodes">Expert nodes to wait for before the first placement.</param>
/// <param name="MaxNodes">Most expert nodes, and most fronts; one more is refused.</param>
/// <param name="AdoptTimeout">How long a front may take to adopt a placement before the others go on without it.</param>
/// <param name="RepeatInterval">How often nodes and fronts that a rollout waits for are told again.</param>
/// <param name="SettleTimeout">How long a new coordinator listens for what is held and routed by before it plans, and before it lets a node leave.</param>
/// <param name="UnreachableTimeout">How long a node may be unreachable before its experts are placed elsewhere as well.</param>
/// <param name="Goals">How many copies.</param>
/// <param name="Balance">When hot experts move.</param>
/// <param name="Speed">What a node's share of the experts goes by.</param>
/// <param name="LoadRetry">When a node that could not load its experts gets some again.</param>
public sealed record CoordinatorSettings(
    int MinNodes, int MaxNodes, TimeSpan AdoptTimeout, TimeSpan RepeatInterval, TimeSpan SettleTimeout, TimeSpan UnreachableTimeout,
    PlacementGoals Goals, BalanceSettings Balance, SpeedSettings Speed, Backoff LoadRetry)
{
    private const string Section = "moe.placement";

    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static CoordinatorSettings Read(Config config)
    {
        var section = config.GetConfig("moe.placement");
        var minNodes = section.GetInt("min-nodes");
        var maxNodes = section.GetInt("max-nodes");
        if (minNodes < 1 || maxNodes < minNodes || maxNodes > WireLimits.MaxNodes)
        {
            throw new ConfigurationException(
                $"moe.placement.min-nodes = {minNodes}, max-nodes = {maxNodes}: must be 1 <= min-nodes <= max-nodes <= {WireLimits.MaxNodes}");
        }

        return new CoordinatorSettings(
            minNodes,
            maxNodes,
            ConfigValues.Positive(section, Section, "adopt-timeout"),
            ConfigValues.Positive(section, Section, "repeat-interval"),
            ConfigValues.Positive(section, Section, "settle-timeout"),
            ConfigValues.Positive(section, Section, "unreachable-timeout"),
            ReadGoals(section),
            BalanceSettings.Read(section),
            SpeedSettings.Read(section),
            Backoff.Read(section, Section, "load-retry"));
    }

    private static PlacementGoals ReadGoals(Config section)
    {
        if (section.GetString("replicas") == "auto")
            return PlacementGoals.Automatic((int)ConfigValues.Integer(section, Section, "max-replicas", 1, WireLimits.MaxReplicas));
        var replicas = (int)ConfigValues.Integer(section, Section, "replicas", 1, WireLimits.MaxReplicas);
        return new PlacementGoals(replicas, (int)ConfigValues.Integer(section, Section, "max-replicas", replicas, WireLimits.MaxReplicas));
    }
}
