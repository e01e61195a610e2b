using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>The <c>moe.front.*</c> keys.</summary>
/// <param name="RegisterInterval">How often an unanswered registration is repeated.</param>
/// <param name="LoadReportInterval">How often the experts' load is reported.</param>
public sealed record FrontSettings(TimeSpan RegisterInterval, TimeSpan LoadReportInterval)
{
    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static FrontSettings Read(Config config)
    {
        var section = config.GetConfig("moe.front");
        return new FrontSettings(
            ConfigValues.Positive(section, "moe.front", "register-interval"),
            ConfigValues.Positive(section, "moe.front", "load-report-interval"));
    }
}
