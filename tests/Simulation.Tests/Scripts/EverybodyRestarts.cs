namespace MoE.Simulation.Tests;

/// <summary>The power fails everywhere and comes back machine by machine; some have lost what they remembered.</summary>
internal sealed class EverybodyRestarts : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(25);

    public override void Begin(World world, Population population, FaultMix mix) => mix.Later(0, Begins, () =>
    {
        foreach (var machine in world.Machines)
            world.Kill(machine, power: true);
        foreach (var machine in world.Machines)
            mix.Restart(machine, 500, world.Loop.OneIn(3) ? 22_000 : 6_000);
    });
}
