namespace MoE.Simulation.Tests;

/// <summary>One story, told with other times and other numbers by every seed: a cluster that serves, and what then happens to it.</summary>
internal abstract class Script : Scenario
{
    /// <summary>Longest time before it begins, in milliseconds.</summary>
    protected const double Begins = 2_000;

    protected static void Add(Population population, int seeds, int nodes, int fronts)
    {
        for (var i = 0; i < seeds; i++)
            population.AddSeed();
        for (var i = 0; i < nodes; i++)
            population.AddNode(SimulatedModel.AllExperts);
        for (var i = 0; i < fronts; i++)
            population.AddFront();
    }

    protected static List<Machine> Of(World world, ProcessRole role) => [.. world.Machines.Where(machine => machine.Role == role)];

    /// <summary>The seeds of a cluster that is one, the oldest first.</summary>
    protected static List<Machine> SeedsByAge(World world)
    {
        var ages = world.Machines[0].Process.Membership.UpMembers.ToDictionary(member => member.Address, member => member.UpNumber);
        return [.. Of(world, ProcessRole.Seed).OrderBy(seed => ages[seed.Address])];
    }
}
