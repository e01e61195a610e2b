namespace MoE.Simulation.Tests;

/// <summary>
/// The first seed dies, and starts again on the smaller side of a network that is split by then: with its file it looks for the members of before,
/// then forms a cluster. When the network is whole, that one joins the other, which has served all along.
/// </summary>
internal sealed class SeedRestartsCutOff : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(30);

    public override void Populate(Population population) => Add(population, seeds: population.OneIn(2) ? 2 : 3, nodes: 4, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var (first, nodes, fronts) = (world.Machines[0], Of(world, ProcessRole.Node), Of(world, ProcessRole.Front));
        List<Machine> few = [first];
        few.AddRange(nodes.Take(world.Loop.Random.Next(0, 3)));
        few.AddRange(fronts.Take(world.Loop.Random.Next(0, 2)));
        var most = world.Machines.Except(few).ToList();
        mix.Later(0, Begins, () =>
        {
            Undisturbed.Expect(world, most);
            world.Kill(first);
            mix.Later(1_000, 2_000, () => world.Cables.Cut(few, most));
            mix.Later(2_000, 8_000, () => world.StartProcess(first));
        });
    }
}
