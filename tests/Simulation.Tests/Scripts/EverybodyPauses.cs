namespace MoE.Simulation.Tests;

/// <summary>
/// Every process stands still for longer than it takes to give anybody up, as when the host of all their machines does. Nobody has missed
/// an answer of anybody who could have given one, so nobody goes.
/// </summary>
internal sealed class EverybodyPauses : Script
{
    /// <summary>Between the first process that goes on and the last one, in milliseconds; less than a member is given.</summary>
    private const double Apart = 1_000;

    public override TimeSpan Duration => TimeSpan.FromSeconds(50);

    public override void Begin(World world, Population population, FaultMix mix) => mix.Later(0, Begins, () =>
    {
        Undisturbed.Expect(world, world.Machines);
        var pause = world.Loop.Between(2_000, 40_000);
        foreach (var process in world.Alive.ToList())
        {
            process.Freeze();
            mix.Later(pause.TotalMilliseconds, pause.TotalMilliseconds + Apart, process.Resume);
        }
    });
}
