namespace MoE.Simulation.Tests;

/// <summary>
/// A process that one seed has let in is restarted before anybody else has heard of it, as that seed is cut off for a moment, and another one lets
/// it in again. When the network is whole, two members have one address: the process, and what it was before. Sometimes it then dies, so that there
/// are two of which nobody lives.
/// </summary>
internal sealed class RestartedWhileItJoins : Script
{
    /// <summary>Longest time that the seed is cut off, in milliseconds: too short to be given up.</summary>
    private const double Most = 4_500;

    public override TimeSpan Duration => TimeSpan.FromSeconds(20);

    public override void Populate(Population population) => Add(population, seeds: 3, nodes: 3, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix) => mix.Later(0, Begins, () =>
    {
        if (world.Loop.OneIn(3))
            population.AddSeed(told: 3);
        else if (world.Loop.OneIn(2))
            population.AddNode(SimulatedModel.AllExperts);
        else
            population.AddFront();
        CutOffWhoLetsIn(world, mix, world.Machines[^1]);
    });

    private static void CutOffWhoLetsIn(World world, FaultMix mix, Machine joining)
    {
        var seed = Of(world, ProcessRole.Seed).Find(seed => seed.Process.Membership.Knows(joining.Process.Membership));
        if (seed is null)
        {
            mix.Later(1, 1, () => CutOffWhoLetsIn(world, mix, joining));
            return;
        }

        world.Cables.Cut([seed], [.. world.Machines.Where(machine => machine != seed)]);
        world.Kill(joining, power: world.Loop.OneIn(2));
        mix.Restart(joining, 10, 1_000);
        mix.Later(2_000, Most, () =>
        {
            world.Cables.Reconnect();
            if (world.Loop.OneIn(4))
                mix.Later(0, 3_000, () => world.Kill(joining, power: world.Loop.OneIn(2)));
        });
    }
}
