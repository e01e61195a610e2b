using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>The <c>moe.membership.*</c> keys.</summary>
/// <param name="ProbeInterval">How often a node asks the seeds whether they are there.</param>
/// <param name="ProbeLimit">Questions in a row without an answer, after which a node counts as out of reach.</param>
/// <param name="RefusalTimeout">How long the network of a member that went silent may take to say that nobody listens there.</param>
/// <param name="FormAfter">How long a restarted seed looks for the members that it knew before it forms a cluster.</param>
/// <param name="RejoinPause">Pause between the end of a membership and the next attempt.</param>
/// <param name="MembersFile">Where the process remembers the members; null for nowhere.</param>
internal sealed record MembershipSettings(
    TimeSpan ProbeInterval, int ProbeLimit, TimeSpan RefusalTimeout, TimeSpan FormAfter, TimeSpan RejoinPause, string? MembersFile)
{
    private const string Section = "moe.membership";

    /// <param name="config">The process's configuration.</param>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static MembershipSettings Read(Config config)
    {
        var section = config.GetConfig(Section);
        return new MembershipSettings(
            ConfigValues.Positive(section, Section, "probe-interval"),
            (int)ConfigValues.Integer(section, Section, "probe-limit", 2, 1000),
            ConfigValues.Positive(section, Section, "refusal-timeout"),
            ConfigValues.Positive(section, Section, "form-after"),
            ConfigValues.Positive(section, Section, "rejoin-pause"),
            FileOf(section.GetString("members-file"), config.GetString(SettingKeys.Host), config.GetInt(SettingKeys.Port)));
    }

    /// <summary>A process on a port that it will not have again is not known by it.</summary>
    private static string? FileOf(string file, string host, int port)
    {
        if (file != "auto")
            return file.Length == 0 ? null : file;
        if (port == 0)
            return null;
        var state = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(state, "moe", $"members-{string.Join('_', host.Split(Path.GetInvalidFileNameChars()))}-{port}");
    }
}
