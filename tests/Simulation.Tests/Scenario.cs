namespace MoE.Simulation.Tests;

/// <summary>What a simulation is about: which faults, how often, and how much work there is meanwhile.</summary>
/// <param name="Duration">How long things go wrong.</param>
/// <param name="LeastPace">Least pace of faults, in milliseconds: half of the longest time between two.</param>
/// <param name="MostPace">Bound of the pace.</param>
/// <param name="Pause">Longest pause between two requests of a front, in milliseconds.</param>
/// <param name="Partitions">Whether it is about split networks and the ends of processes, or about everything else too.</param>
internal sealed record Scenario(TimeSpan Duration, int LeastPace, int MostPace, double Pause, bool Partitions)
{
    /// <summary>Faults in short succession, from the first moment on.</summary>
    public static Scenario Everything { get; } = new(TimeSpan.FromSeconds(40), 500, 5_000, 600, Partitions: false);

    /// <summary>Splits and deaths, long enough apart that sides are given up.</summary>
    public static Scenario Splits { get; } = new(TimeSpan.FromSeconds(60), 1_000, 15_000, 2_000, Partitions: true);
}
