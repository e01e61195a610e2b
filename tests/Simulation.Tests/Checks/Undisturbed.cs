namespace MoE.Simulation.Tests;

/// <summary>Some processes keep the membership that they have: what goes wrong does not concern them.</summary>
internal static class Undisturbed
{
    public static void Expect(World world, IEnumerable<Machine> machines)
    {
        var memberships = machines.Select(machine => machine.Process.Membership).ToHashSet();
        world.Stopping += membership =>
        {
            if (memberships.Contains(membership))
                world.Break($"{membership} ended, though nothing was wrong with it: others were to yield");
        };
    }
}
