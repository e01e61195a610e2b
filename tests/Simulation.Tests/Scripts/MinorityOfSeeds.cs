namespace MoE.Simulation.Tests;

/// <summary>
/// One of three seeds is cut off, with nodes and a front that could serve, for longer than it takes to form a cluster anew among seeds that do not
/// answer. It waits; the others serve all along.
/// </summary>
internal sealed class MinorityOfSeeds : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(130);

    public override double Pause => 8_000;

    public override void Populate(Population population) => Add(population, seeds: 3, nodes: 4, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var (seeds, nodes, fronts) = (Of(world, ProcessRole.Seed), Of(world, ProcessRole.Node), Of(world, ProcessRole.Front));

        // The oldest is the one that would not wait for anybody.
        var lone = world.Loop.OneIn(4) ? seeds[world.Loop.Random.Next(1, 3)] : seeds[0];
        List<Machine> few = [lone, nodes[0], nodes[1], fronts[0]], most = [.. world.Machines.Except(few)];
        mix.Later(0, Begins, () =>
        {
            Undisturbed.Expect(world, most);
            world.Cables.Cut(few, most);
        });
    }
}
