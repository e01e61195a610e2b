namespace MoE.Simulation.Tests;

/// <summary>
/// Of two fronts one has adopted a placement that the other never heard of when the coordinator dies. The next one goes on from the older
/// placement, and has plans of its own, which it cannot publish yet, when it hears from the front with the newer one.
/// </summary>
internal sealed class FrontAhead : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(14);

    public override void Populate(Population population) => Add(population, seeds: 2, nodes: 5, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var (seeds, nodes, fronts) = (Of(world, ProcessRole.Seed), Of(world, ProcessRole.Node), Of(world, ProcessRole.Front));
        mix.Later(0, Begins, () =>
        {
            world.Cables.Break(seeds[0], fronts[0], TimeSpan.FromSeconds(10));
            world.Kill(nodes[0]);
            mix.Later(1_000, 1_500, () =>
            {
                world.Cables.Break(seeds[1], fronts[1], world.Loop.Between(6_000, 7_000));
                world.Kill(seeds[0]);
            });
            mix.Later(3_000, 3_300, nodes[1].Process.Freeze);
            mix.Later(5_000, 5_500, () => world.Kill(nodes[2]));
            mix.Later(5_500, 6_500, () => world.Kill(nodes[3]));
            mix.Later(10_000, 13_000, nodes[1].Process.Resume);
        });
    }
}
