using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.dispatch.*</c> keys.</summary>
/// <param name="Deadline">Longest time that a frame's answer is waited for.</param>
/// <param name="DeadlineTick">How often deadlines are checked.</param>
/// <param name="ReconnectInterval">Pause before a closed lane is dialled again.</param>
/// <param name="MaxPending">Dispatches that may be under way at once; one more fails at once.</param>
/// <param name="OverlapTokens">Tokens from which a batch goes through the layers in two halves.</param>
/// <param name="RecoveryTimeout">Longest time that experts without a reachable holder are waited for.</param>
/// <param name="MaxAttempts">Frames of one dispatch beyond the first to each node.</param>
/// <param name="RetryPause">Pause before an overloaded node without a replica is asked again.</param>
/// <param name="SlowPause">How long a slow node is passed over where another can be asked.</param>
/// <param name="Hedge">When rows go to a second node.</param>
/// <param name="ReplicaSelection">A name of <see cref="ReplicaSelectionPolicies"/>.</param>
public sealed record DispatchSettings(
    TimeSpan Deadline, TimeSpan DeadlineTick, TimeSpan ReconnectInterval, int MaxPending, int OverlapTokens, TimeSpan RecoveryTimeout, int MaxAttempts,
    TimeSpan RetryPause, TimeSpan SlowPause, HedgeSettings Hedge, string ReplicaSelection)
{
    private const string Section = "moe.dispatch";

    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static DispatchSettings Read(Config config)
    {
        var section = config.GetConfig(Section);
        var policy = section.GetString("replica-selection");
        try
        {
            ReplicaSelectionPolicies.Of(policy);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException(e.Message, e);
        }

        return new DispatchSettings(
            ConfigValues.Positive(section, Section, "deadline"),
            ConfigValues.Positive(section, Section, "deadline-tick"),
            ConfigValues.Positive(section, Section, "reconnect-interval"),
            Integer(section, "max-pending", least: 1),
            Integer(section, "overlap-tokens", least: 2),
            ConfigValues.Positive(section, Section, "recovery-timeout"),
            Integer(section, "max-attempts", least: 1),
            ConfigValues.Positive(section, Section, "retry-pause"),
            ConfigValues.Positive(section, Section, "slow-pause"),
            HedgeSettings.Read(section),
            policy);
    }

    /// <summary>The layer's own wait: past everything that the dispatcher waits for by enough for it to say what is missing.</summary>
    public TimeSpan Backstop => Deadline + RecoveryTimeout + DeadlineTick + TimeSpan.FromSeconds(5);

    private static int Integer(Config section, string key, int least) => (int)ConfigValues.Integer(section, Section, key, least, int.MaxValue);
}

/// <summary>The <c>moe.dispatch.hedge-*</c> keys.</summary>
/// <param name="Floor">A node is never called slow before this.</param>
/// <param name="Ceiling">A node is always called slow after this, and one that was never measured only then.</param>
/// <param name="Factor">Times the 99th percentile of its answers of that size.</param>
/// <param name="Share">Hedges per frame that is none.</param>
/// <param name="Burst">Hedges that may follow each other.</param>
public sealed record HedgeSettings(TimeSpan Floor, TimeSpan Ceiling, double Factor, double Share, double Burst)
{
    internal static HedgeSettings Read(Config section)
    {
        const string name = "moe.dispatch";
        var settings = new HedgeSettings(
            ConfigValues.Positive(section, name, "hedge-floor"),
            ConfigValues.Positive(section, name, "hedge-ceiling"),
            section.GetDouble("hedge-factor"),
            section.GetDouble("hedge-share"),
            section.GetDouble("hedge-burst"));
        if (settings.Ceiling < settings.Floor)
            throw new ConfigurationException($"{name}.hedge-ceiling = {settings.Ceiling}: must be at least hedge-floor, {settings.Floor}");
        if (!(settings.Factor >= 1))
            throw new ConfigurationException($"{name}.hedge-factor = {settings.Factor}: must be at least 1");
        if (!(settings.Share is >= 0 and <= 1) || !(settings.Burst >= 1))
            throw new ConfigurationException($"{name}.hedge-share = {settings.Share}, hedge-burst = {settings.Burst}: must be in 0..1, and at least 1");
        return settings;
    }
}
