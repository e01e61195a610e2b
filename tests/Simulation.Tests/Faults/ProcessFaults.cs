using System.Runtime.InteropServices;

namespace MoE.Simulation.Tests;

/// <summary>What goes wrong with the processes of one simulation.</summary>
internal sealed class ProcessFaults(World world, Population population, FaultMix mix)
{
    private const int MostSeeds = 3, MostNodes = 8;

    /// <summary>What any process may meet.</summary>
    public IReadOnlyList<Action> Ends => [KillNode, KillSeed, KillFront, HangAny, TerminateSeed];

    /// <summary>What makes work for placement and dispatch.</summary>
    public IReadOnlyList<Action> Work =>
    [
        KillNode, HangNode, HangFront, HangSeed, CutLane, SlowNode, FalseAnswers, FillQueue, AddSeed, TerminateNode, TerminateFront, Join, BreakAssociation, FailReads,
    ];

    private SimulationLoop Loop => world.Loop;

    private SimulatedProcess? Any(ProcessRole role) => Any(world.InRole(role));

    private SimulatedProcess? Any(IEnumerable<SimulatedProcess> processes)
    {
        var running = processes.Where(process => process.Running).ToList();
        return running.Count == 0 ? null : running[Loop.Random.Next(running.Count)];
    }

    private void KillNode()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        world.Kill(node.Machine);
        if (!Loop.OneIn(4))
            mix.Restart(node.Machine, 0, 10_000);
    }

    private void KillSeed()
    {
        if (Any(ProcessRole.Seed) is not { } seed)
            return;
        world.Kill(seed.Machine);
        mix.Restart(seed.Machine, 0, 20_000);
    }

    private void KillFront()
    {
        if (Any(ProcessRole.Front) is not { } front)
            return;
        world.Kill(front.Machine);
        mix.Restart(front.Machine, 0, 5_000);
    }

    private void HangNode() => Hang(Any(ProcessRole.Node));

    private void HangFront() => Hang(Any(ProcessRole.Front));

    private void HangSeed() => Hang(Any(ProcessRole.Seed));

    private void HangAny() => Hang(Any(world.Alive));

    private void Hang(SimulatedProcess? process)
    {
        if (process is null)
            return;
        process.Freeze();
        var hang = process.Hangs;
        mix.Later(50, Loop.OneIn(3) ? 60_000 : 3_000, () =>
        {
            if (process.Hangs == hang)
                process.Resume();
        });
    }

    private void TerminateNode()
    {
        if (Any(ProcessRole.Node) is not { Leaving: false } node)
            return;
        node.Terminate();
        if (Loop.OneIn(2))
            mix.Restart(node.Machine, 5_000, 20_000);
    }

    private void TerminateFront() => Replace(Any(ProcessRole.Front));

    private void TerminateSeed() => Replace(Any(ProcessRole.Seed));

    private void Replace(SimulatedProcess? process)
    {
        if (process is not { Leaving: false })
            return;
        process.Terminate();
        mix.Restart(process.Machine, 500, 20_000);
    }

    private void CutLane()
    {
        if (world.Lanes.Open.Count > 0)
            world.Lanes.Open[Loop.Random.Next(world.Lanes.Open.Count)].Cut();
    }

    private void SlowNode()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        world.Trace.Add("slow", node.Name);
        node.Queue.Slowness = Loop.Random.Next(5, 5_000);
        mix.Later(100, 20_000, () => node.Queue.Slowness = 1);
    }

    private void FalseAnswers()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        node.Suspect = true;
        node.AnswerFault = (AnswerFault)Loop.Random.Next(1, 4);
        world.Trace.Add("false answers", node.Name, "", node.AnswerFault.ToString());
    }

    private void FillQueue()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        world.Trace.Add("full", node.Name);
        node.Queue.Full = true;
        mix.Later(10, 5_000, () => node.Queue.Full = false);
    }

    private void AddSeed()
    {
        if (world.Machines.Count(machine => machine.IsSeed) < MostSeeds)
            population.AddSeed();
    }

    private void Join()
    {
        if (world.InRole(ProcessRole.Node).Count() < MostNodes)
            population.AddNode(Loop.Random.Next(1, SimulatedModel.AllExperts + 1));
    }

    private void BreakAssociation()
    {
        var alive = world.Alive.ToList();
        if (alive.Count < 2)
            return;
        Loop.Random.Shuffle(CollectionsMarshal.AsSpan(alive));
        world.Trace.Add("association broken", alive[0].Name, alive[1].Name);
        world.Cables.Break(alive[0].Machine, alive[1].Machine, Loop.Between(100, 4_000));
    }

    private void FailReads()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        world.Trace.Add("reads fail", node.Name);
        node.Suspect = true;
        node.Model.BeforeRead = () => throw new IOException("a fault of the simulation");
        mix.Later(100, 5_000, () => node.Model.BeforeRead = () => { });
    }
}
