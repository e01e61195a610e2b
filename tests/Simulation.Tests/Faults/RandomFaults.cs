namespace MoE.Simulation.Tests;

/// <summary>Whatever may go wrong, in any order: the seed chooses the kinds and the pace.</summary>
/// <param name="duration">How long things go wrong.</param>
/// <param name="leastPace">Least pace of faults, in milliseconds: half of the longest time between two.</param>
/// <param name="mostPace">Bound of the pace.</param>
/// <param name="pause">Longest pause between two requests of a front, in milliseconds.</param>
/// <param name="partitions">Whether it is about split networks and the ends of processes, or about everything else too.</param>
internal sealed class RandomFaults(TimeSpan duration, int leastPace, int mostPace, double pause, bool partitions) : Scenario
{
    public override TimeSpan Duration => duration;

    public override double Pause => pause;

    public override bool BeginsUnited => partitions;

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var network = new NetworkFaults(world, mix);
        var processes = new ProcessFaults(world, population, mix);
        LaneFaults.Begin(world, mix);
        mix.Begin([.. network.Kinds, .. processes.Ends, .. partitions ? [] : processes.Work], world.Loop.Now + duration, leastPace, mostPace);
    }
}
