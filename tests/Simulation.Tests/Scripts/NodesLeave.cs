namespace MoE.Simulation.Tests;

/// <summary>
/// Some nodes are told to end, and while their experts are handed over something else goes wrong: whoever lets them go does not hear them, dies or
/// hangs, another node dies, or a front stands still that routes to them. They go all the same.
/// </summary>
internal sealed class NodesLeave : Script
{
    /// <summary>Longest time from the first word to the fault, in milliseconds: about what handing over takes.</summary>
    private const double Meanwhile = 1_500;

    public override TimeSpan Duration => TimeSpan.FromSeconds(8);

    public override void Populate(Population population) => Add(population, seeds: population.OneIn(2) ? 1 : 3, nodes: 5, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix) => mix.Later(0, Begins, () =>
    {
        var nodes = Of(world, ProcessRole.Node);
        var leaving = nodes.Take(world.Loop.Random.Next(1, 4)).ToList();
        foreach (var node in leaving)
            mix.Later(0, Meanwhile, node.Process.Terminate);
        mix.Later(0, Meanwhile, () => Disturb(world, mix, SeedsByAge(world)[0], leaving[0], nodes[^1]));
    });

    private static void Disturb(World world, FaultMix mix, Machine coordinator, Machine leaving, Machine staying)
    {
        switch (world.Loop.Random.Next(5))
        {
            case 0:
                world.Cables.Break(coordinator, leaving, TimeSpan.FromSeconds(4));
                break;
            case 1:
                world.Kill(coordinator);
                mix.Restart(coordinator, 100, 4_000);
                break;
            case 2:
                Hang(mix, coordinator);
                break;
            case 3:
                world.Kill(staying);
                break;
            default:
                Hang(mix, Of(world, ProcessRole.Front)[0]);
                break;
        }
    }

    private static void Hang(FaultMix mix, Machine machine)
    {
        machine.Process.Freeze();
        mix.Later(1_000, 6_000, machine.Process.Resume);
    }
}
