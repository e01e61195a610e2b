namespace MoE.Simulation.Tests;

/// <summary>The end of all faults: the network is whole, everything that still runs works again, and there is enough of it.</summary>
internal static class Healing
{
    public static void Heal(World world, Population population, FaultMix mix)
    {
        mix.End();
        world.Trace.Add("healed");
        world.Cables.Reconnect();
        var restarting = new HashSet<Machine>();
        foreach (var process in world.Alive.ToList())
        {
            process.Resume();
            process.Queue.Slowness = 1;
            process.Queue.Full = false;
            process.Model.BeforeRead = () => { };
            if (process.Suspect || (process.Leaving && process.Machine.IsSeed))
            {
                // Whoever lied or could not read its file is restarted by its operator, and so is a seed that was to leave.
                world.Kill(process.Machine);
                restarting.Add(process.Machine);
                world.Loop.After(world.Loop.Between(500, 2_000), () => world.StartProcess(process.Machine));
            }
        }

        foreach (var machine in world.Machines.Where(machine => !machine.Runs && !restarting.Contains(machine)))
        {
            machine.On = true;
            if (machine.IsSeed || world.Loop.OneIn(2))
                world.StartProcess(machine, mix.KeepsFile());
        }

        if (!world.InRole(ProcessRole.Front).Any(front => !front.Leaving))
            population.AddFront();
        while (TooFewNodes(world))
            population.AddNode(SimulatedModel.AllExperts / 2);
    }

    private static bool TooFewNodes(World world)
    {
        var nodes = world.InRole(ProcessRole.Node).Where(node => !node.Leaving).ToList();
        return nodes.Count < world.Settings.Coordinator.MinNodes || nodes.Sum(node => node.Machine.Budget) < SimulatedModel.AllExperts * SimulatedModel.BytesOfExpert;
    }
}
