namespace MoE.Simulation.Tests;

/// <summary>What a simulation is about: who is there, and what goes wrong. An instance serves any number of seeds and keeps nothing of them.</summary>
internal abstract class Scenario
{
    /// <summary>Faults in short succession, from the first moment on.</summary>
    public static Scenario Everything { get; } = new RandomFaults(TimeSpan.FromSeconds(40), 500, 5_000, 600, partitions: false);

    /// <summary>Splits and deaths, long enough apart that sides are given up.</summary>
    public static Scenario Splits { get; } = new RandomFaults(TimeSpan.FromSeconds(60), 1_000, 15_000, 2_000, partitions: true);

    /// <summary>How long things go wrong.</summary>
    public abstract TimeSpan Duration { get; }

    /// <summary>Longest pause between two requests of a front, in milliseconds.</summary>
    public virtual double Pause => 2_000;

    /// <summary>Whether everybody is up and every front ready before anything goes wrong.</summary>
    public virtual bool BeginsUnited => true;

    public virtual void Populate(Population population) => population.Begin();

    /// <summary>Sets everything up that is to go wrong from now on.</summary>
    public abstract void Begin(World world, Population population, FaultMix mix);
}
