namespace MoE.Simulation.Tests;

/// <summary>What goes wrong in one simulation: every seed takes some kinds of faults, so that each also occurs without the others.</summary>
internal sealed class Faults
{
    private readonly World _world;
    private readonly FaultMix _mix;
    private readonly FrameFate[] _fates;

    public Faults(World world)
    {
        _world = world;
        Action[] all =
        [
            CrashNode, CrashNode, HangNode, CutLane, SlowNode, FalseAnswers, FillQueue, CrashSeed, AddSeed, CrashFront, HangFront, HangSeed, Leave, Join,
            BreakAssociation, FailReads,
        ];
        _mix = new FaultMix(world.Loop, all);
        _fates = [.. Enum.GetValues<FrameFate>().Where(fate => fate != FrameFate.Arrives && world.Loop.OneIn(3))];
        var oneIn = world.Loop.Random.Next(10, 200);
        world.Lanes.Fate = _ => !_mix.Over && _fates.Length > 0 && world.Loop.OneIn(oneIn) ? _fates[world.Loop.Random.Next(_fates.Length)] : FrameFate.Arrives;
    }

    /// <summary>Something goes wrong every now and then.</summary>
    public void Begin(TimeSpan until) => _mix.Begin(until, 500, 5_000);

    /// <summary>Everything that still runs works again, and there is enough of it.</summary>
    public void Heal()
    {
        _mix.End();
        _world.Trace.Add("healed");
        foreach (var process in _world.Processes.Where(process => process.Alive).ToList())
        {
            _world.Resume(process);
            process.Queue.Slowness = 1;
            process.Queue.Full = false;
            process.Model.BeforeRead = () => { };
            if (process.Suspect)
            {
                // Whoever lied or could not read its file is restarted by its operator.
                _world.Crash(process);
            }
        }

        if (!_world.Alive(ProcessRole.Seed).Any())
            _world.StartSeed();
        if (!_world.Alive(ProcessRole.Front).Any())
            _world.StartFront();
        while (TooFewNodes())
            _world.StartNode(SimulatedModel.AllExperts / 2);
    }

    private bool TooFewNodes()
    {
        var nodes = _world.Alive(ProcessRole.Node).Where(node => !node.Leaving).ToList();
        return nodes.Count < _world.MinNodes || nodes.Sum(node => node.Budget) < SimulatedModel.AllExperts * SimulatedModel.BytesOfExpert;
    }

    private SimulatedProcess? Any(ProcessRole role)
    {
        var running = _world.Alive(role).Where(process => !process.Frozen).ToList();
        return running.Count == 0 ? null : running[_world.Loop.Random.Next(running.Count)];
    }

    private void CrashNode()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        _world.Crash(node);
        if (!_world.Loop.OneIn(4))
            Later(0, 10_000, () => _world.StartNode((int)(node.Budget / SimulatedModel.BytesOfExpert)));
    }

    private void HangNode() => Hang(ProcessRole.Node);

    private void HangFront() => Hang(ProcessRole.Front);

    private void HangSeed() => Hang(ProcessRole.Seed);

    private void Hang(ProcessRole role)
    {
        if (Any(role) is not { } process)
            return;
        _world.Freeze(process);
        Later(50, _world.Loop.OneIn(3) ? 60_000 : 3_000, () => _world.Resume(process));
    }

    private void CutLane()
    {
        if (_world.Lanes.Open.Count > 0)
            _world.Lanes.Open[_world.Loop.Random.Next(_world.Lanes.Open.Count)].Cut();
    }

    private void SlowNode()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        _world.Trace.Add("slow", node.Name);
        node.Queue.Slowness = _world.Loop.Random.Next(5, 5_000);
        Later(100, 20_000, () => node.Queue.Slowness = 1);
    }

    private void FalseAnswers()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        node.Suspect = true;
        node.AnswerFault = (AnswerFault)_world.Loop.Random.Next(1, 4);
        _world.Trace.Add("false answers", node.Name, "", node.AnswerFault.ToString());
    }

    private void FillQueue()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        _world.Trace.Add("full", node.Name);
        node.Queue.Full = true;
        Later(10, 5_000, () => node.Queue.Full = false);
    }

    private void CrashSeed()
    {
        if (Any(ProcessRole.Seed) is not { } seed)
            return;
        _world.Crash(seed);
        Later(0, 15_000, () => _world.StartSeed());
    }

    private void AddSeed()
    {
        if (_world.Alive(ProcessRole.Seed).Count() < 3)
            _world.StartSeed();
    }

    private void CrashFront()
    {
        if (Any(ProcessRole.Front) is not { } front)
            return;
        _world.Crash(front);
        Later(0, 5_000, () => _world.StartFront());
    }

    private void Leave()
    {
        if (Any(ProcessRole.Node) is not { Leaving: false } node)
            return;
        _world.Trace.Add("leave", node.Name);
        node.Leaving = true;
        node.Main.Tell(ExpertActors.Drain.Instance, Akka.Actor.ActorRefs.NoSender);
    }

    private void Join()
    {
        if (_world.Alive(ProcessRole.Node).Count() < 8)
            _world.StartNode(_world.Loop.Random.Next(1, SimulatedModel.AllExperts + 1));
    }

    private void BreakAssociation()
    {
        var alive = _world.Processes.Where(process => process.Alive).ToList();
        if (alive.Count < 2)
            return;
        _world.Loop.Random.Shuffle(global::System.Runtime.InteropServices.CollectionsMarshal.AsSpan(alive));
        _world.Trace.Add("association broken", alive[0].Name, alive[1].Name);
        _world.Control.Break(alive[0], alive[1], _world.Loop.Between(100, 4_000));
    }

    private void FailReads()
    {
        if (Any(ProcessRole.Node) is not { } node)
            return;
        _world.Trace.Add("reads fail", node.Name);
        node.Suspect = true;
        node.Model.BeforeRead = () => throw new IOException("a fault of the simulation");
        Later(100, 5_000, () => node.Model.BeforeRead = () => { });
    }

    private void Later(double from, double to, Action action) => _world.Loop.After(_world.Loop.Between(from, to), () =>
    {
        if (!_mix.Over)
            action();
    });
}
