namespace MoE.Simulation.Tests;

/// <summary>
/// The network breaks twice. First one of three seeds is alone, then another one comes to its side: it has missed the third for long by then, which
/// has just lost the last one that it heard and takes as long to notice. They do not go on both.
/// </summary>
internal sealed class SeedChangesSides : Script
{
    /// <summary>Time between the breaks, in milliseconds: less than it takes to be cut off.</summary>
    private const double Least = 6_000, Most = 9_000;

    public override TimeSpan Duration => TimeSpan.FromSeconds(40);

    public override void Populate(Population population) => Add(population, seeds: 3, nodes: 4, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var seeds = SeedsByAge(world);
        var (nodes, fronts) = (Of(world, ProcessRole.Node), Of(world, ProcessRole.Front));

        // The older of the two that come together decides.
        List<Machine> alone = [seeds[1], nodes[0], nodes[1], fronts[0]], changes = [seeds[2]];
        mix.Later(0, Begins, () =>
        {
            world.Cables.Cut(alone, [.. world.Machines.Except(alone)]);
            mix.Later(Least, Most, () =>
            {
                world.Cables.Reconnect();
                world.Cables.Cut([.. alone, .. changes], [.. world.Machines.Except(alone).Except(changes)]);
            });
        });
    }
}
