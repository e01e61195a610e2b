using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>The <c>moe.up.*</c> keys: what <c>moe up</c> does when an expert process ends that nobody told to.</summary>
/// <param name="Most">Restarts in a row of one process.</param>
/// <param name="Backoff">Pauses before them.</param>
/// <param name="SteadyAfter">A process that has run for so long begins a new row.</param>
internal sealed record RestartSettings(int Most, Backoff Backoff, TimeSpan SteadyAfter)
{
    /// <summary>Nothing is started again.</summary>
    public static RestartSettings Never { get; } = new(0, new Backoff(TimeSpan.Zero, TimeSpan.Zero), TimeSpan.Zero);

    /// <param name="config">The process's configuration.</param>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static RestartSettings Read(Config config)
    {
        const string Path = "moe.up";
        var section = config.GetConfig(Path);
        return new RestartSettings(
            (int)ConfigValues.Integer(section, Path, "max-restarts", 0, 1000),
            Backoff.Read(section, Path, "restart-pause"),
            ConfigValues.Positive(section, Path, "steady-after"));
    }
}

/// <summary>Whether and when one process is started again: a state machine without processes and clock.</summary>
internal sealed class Restarts(RestartSettings settings)
{
    private int _inARow;

    /// <summary>The process has ended.</summary>
    /// <param name="exitCode">What it ended with.</param>
    /// <param name="lived">How long it ran.</param>
    /// <returns>The pause before it is started again, or null where it is not, and why.</returns>
    public (TimeSpan? Pause, string Reason) Next(int exitCode, TimeSpan lived)
    {
        // Whoever tells it to end, and the process itself where it was refused or its arguments are wrong, means it.
        if (exitCode is 0 or CommandRunner.Failed or CommandRunner.BadInput)
            return (null, "it ended in order");
        if (lived >= settings.SteadyAfter)
            _inARow = 0;
        if (_inARow == settings.Most)
            return (null, $"{_inARow} restart(s) did not help (moe.up.max-restarts)");
        return (settings.Backoff.Pause(++_inARow), $"restart {_inARow} of {settings.Most}");
    }
}
