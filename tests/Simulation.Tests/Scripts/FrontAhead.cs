namespace MoE.Simulation.Tests;

/// <summary>
/// Of two fronts one has adopted a placement that the other never heard of when the coordinator dies. The next one goes on from the older
/// placement, and has plans of its own, which it cannot publish yet, when it hears from the front with the newer one.
/// </summary>
internal sealed class FrontAhead : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(18);

    public override void Populate(Population population)
    {
        // A seed that is a front too has heard whatever the coordinator said last.
        population.AddSeed(serves: false);
        population.AddSeed(serves: false);
        Add(population, seeds: 0, nodes: 3, fronts: 2);
    }

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var (seeds, fronts, hanging) = (Of(world, ProcessRole.Seed), Of(world, ProcessRole.Front), Of(world, ProcessRole.Node)[0]);
        mix.Later(0, Begins, () =>
        {
            world.Cables.Break(seeds[0], fronts[0], TimeSpan.FromSeconds(10));
            population.AddNode(SimulatedModel.AllExperts);
            population.AddNode(SimulatedModel.AllExperts);
            mix.Later(3_000, 4_000, () => Succeed(world, mix, seeds, fronts[1], hanging, world.Machines[^2..]));
        });
    }

    /// <summary>The next coordinator hears of the joined nodes after another one has begun to hang, which its plans therefore wait for.</summary>
    private static void Succeed(World world, FaultMix mix, List<Machine> seeds, Machine ahead, Machine hanging, List<Machine> joined)
    {
        world.Cables.Break(seeds[1], joined[0], TimeSpan.FromSeconds(2));
        world.Cables.Break(seeds[1], joined[1], TimeSpan.FromSeconds(2.5));
        world.Cables.Break(seeds[1], ahead, TimeSpan.FromSeconds(5));
        world.Kill(seeds[0]);
        mix.Later(1_000, 1_800, hanging.Process.Freeze);
        mix.Later(3_300, 3_800, () => world.Kill(joined[0]));
        mix.Later(4_000, 4_500, () => world.Kill(joined[1]));
        mix.Later(8_000, 12_000, hanging.Process.Resume);
    }
}
