namespace MoE.Simulation.Tests;

/// <summary>
/// A seed's links to the others break one after the other, some seconds apart; to everybody else they hold, so that all hear what it decides.
/// It goes, and nobody else does.
/// </summary>
internal sealed class SeedsLostOneByOne : Script
{
    /// <summary>Longest time between the first break and the last, in milliseconds: less than the first one takes to be noticed.</summary>
    private const double Least = 2_000, Most = 7_500;

    public override TimeSpan Duration => TimeSpan.FromSeconds(14);

    public override void Populate(Population population) => Add(population, seeds: population.OneIn(2) ? 3 : 4, nodes: 3, fronts: 1);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var seeds = SeedsByAge(world);

        // Who loses the older ones first is the oldest that it hears.
        var lone = seeds[world.Loop.OneIn(3) ? 1 : 0];
        mix.Later(0, Begins, () =>
        {
            Undisturbed.Expect(world, world.Machines.Where(machine => machine != lone));
            var others = seeds.Where(seed => seed != lone).ToList();
            world.Cables.Cut([lone], [others[0]]);
            foreach (var other in others.Skip(1))
                mix.Later(Least, Most, () => world.Cables.Cut([lone], [other]));
        });
    }
}
