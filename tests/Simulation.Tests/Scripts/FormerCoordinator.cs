namespace MoE.Simulation.Tests;

/// <summary>
/// The coordinator hangs in the middle of a change until another one has its role, and goes on before it has heard of that: what it had begun
/// it tells nodes and fronts that follow the other one.
/// </summary>
internal sealed class FormerCoordinator : Script
{
    public override TimeSpan Duration => TimeSpan.FromSeconds(30);

    public override void Populate(Population population) => Add(population, seeds: 3, nodes: 5, fronts: 2);

    public override void Begin(World world, Population population, FaultMix mix)
    {
        var (coordinator, nodes, fronts) = (world.Machines[0], Of(world, ProcessRole.Node), Of(world, ProcessRole.Front));
        if (world.Loop.OneIn(2))
            mix.Later(0, Begins, () => LosesNode(world, mix, coordinator, nodes));
        else
            mix.Later(0, Begins, () => LosesWord(world, mix, coordinator, nodes, fronts[0]));
    }

    /// <summary>It is about to place a silent node's experts elsewhere.</summary>
    private static void LosesNode(World world, FaultMix mix, Machine coordinator, List<Machine> nodes)
    {
        world.Kill(nodes[0], power: true);
        mix.Later(4_500, 6_000, () => Hang(world, mix, coordinator, nodes[1]));
    }

    /// <summary>A front has not heard its last placement.</summary>
    private static void LosesWord(World world, FaultMix mix, Machine coordinator, List<Machine> nodes, Machine front)
    {
        world.Cables.Break(coordinator, front, TimeSpan.FromSeconds(4));
        world.Kill(nodes[0]);
        mix.Later(1_000, 4_000, () => Hang(world, mix, coordinator, nodes[1]));
    }

    /// <summary>Another node is silent, so that nobody removes the coordinator, and whoever had would not hear it any more.</summary>
    private static void Hang(World world, FaultMix mix, Machine coordinator, Machine silent)
    {
        var process = coordinator.Process;
        process.Freeze();
        mix.Later(4_000, 8_000, () => world.Kill(silent, power: true));
        mix.Later(11_000, 13_500, process.Resume);
    }
}
