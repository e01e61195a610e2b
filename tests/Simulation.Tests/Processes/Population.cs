using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>Which machines there are, and what their processes were told of each other.</summary>
internal sealed class Population(World world)
{
    private readonly List<Address> _seeds = [];

    /// <summary>Whether something is so, once in so many times.</summary>
    public bool OneIn(int times) => world.Loop.OneIn(times);

    /// <summary>A few of every role, with room for all experts together.</summary>
    public void Begin()
    {
        var random = world.Loop.Random;
        for (var i = random.Next(1, 4); i > 0; i--)
            AddSeed();
        var nodes = random.Next(2, 5);
        var least = (SimulatedModel.AllExperts + nodes - 1) / nodes;
        for (var i = 0; i < nodes; i++)
            AddNode(random.Next(least, SimulatedModel.AllExperts + 2));
        for (var i = random.Next(1, 3); i > 0; i--)
            AddFront();
    }

    /// <summary>The first one was told of nobody, further ones were told of the first.</summary>
    /// <param name="serves">Whether it takes requests too; some do.</param>
    /// <param name="told">Of how many others it was told.</param>
    public void AddSeed(bool? serves = null, int told = 1)
    {
        var machine = new Machine(world.Machines.Count + 1, ProcessRole.Seed, [.. _seeds.Take(told)]) { Serves = serves ?? world.Loop.OneIn(3) };
        _seeds.Add(machine.Address);
        Add(machine);
    }

    /// <param name="room">How many experts it has memory for.</param>
    public void AddNode(int room) => Add(new Machine(world.Machines.Count + 1, ProcessRole.Node, Told())
    {
        Budget = room * SimulatedModel.BytesOfExpert,
        Threads = world.Loop.Random.Next(1, 5),
        HasFiles = !world.Loop.OneIn(3),
    });

    public void AddFront() => Add(new Machine(world.Machines.Count + 1, ProcessRole.Front, Told()));

    private IReadOnlyList<Address> Told() => world.Loop.OneIn(2) ? [_seeds[0]] : [.. _seeds];

    private void Add(Machine machine)
    {
        world.StartProcess(machine);
        world.Machines.Add(machine);
    }
}
