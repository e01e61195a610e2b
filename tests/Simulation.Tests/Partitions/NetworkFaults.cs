namespace MoE.Simulation.Tests;

/// <summary>What goes wrong between and with the machines of one simulation: every seed takes some kinds of it.</summary>
internal sealed class NetworkFaults
{
    private readonly PartitionWorld _world;
    private readonly FaultMix _mix;

    public NetworkFaults(PartitionWorld world)
    {
        _world = world;
        Action[] all = [Split, Split, SplitOneWay, CutLink, CutOneWay, Isolate, Isolate, KillAny, KillSeed, CutPower, Freeze];
        _mix = new FaultMix(world.Loop, all);
    }

    public void Begin(TimeSpan until) => _mix.Begin(until, 1_000, 15_000);

    /// <summary>The network is whole, and every machine runs its process; a node or front that died may stay away.</summary>
    public void Heal()
    {
        _mix.End();
        _world.Trace.Add("healed");
        _world.Reconnect();
        foreach (var machine in _world.Machines)
        {
            machine.Process!.Resume();
            if (!machine.Runs && (machine.Role == ProcessRole.Seed || _world.Loop.OneIn(2)))
                _world.StartProcess(machine, KeepsFile());
        }
    }

    private Machine Any() => _world.Machines[_world.Loop.Random.Next(_world.Machines.Count)];

    private bool KeepsFile() => !_world.Loop.OneIn(4);

    private void Split()
    {
        var sides = _world.Loop.Random.Next(2, 4);
        var side = _world.Machines.ToDictionary(machine => machine, _ => _world.Loop.Random.Next(sides));
        _world.Trace.Add("split", "", "", string.Join(" | ", side.GroupBy(pair => pair.Value).Select(group => string.Join(", ", group.Select(pair => pair.Key)))));
        CutWhere((from, to) => side[from] != side[to]);
    }

    /// <summary>One side hears the other, which does not hear it.</summary>
    private void SplitOneWay()
    {
        var side = _world.Machines.ToDictionary(machine => machine, _ => _world.Loop.OneIn(2));
        _world.Trace.Add("one-way split", "", "", string.Join(", ", side.Where(pair => pair.Value).Select(pair => pair.Key)));
        CutWhere((from, to) => side[from] && !side[to]);
    }

    private void CutLink()
    {
        var (one, other) = (Any(), Any());
        _world.Trace.Add("link cut", one.Name, other.Name);
        CutWhere((from, to) => (from == one && to == other) || (from == other && to == one));
    }

    private void CutOneWay()
    {
        var (one, other) = (Any(), Any());
        _world.Trace.Add("one way cut", one.Name, other.Name);
        CutWhere((from, to) => from == one && to == other);
    }

    /// <summary>The switch restarts: everybody is alone.</summary>
    private void Isolate()
    {
        _world.Trace.Add("switch off");
        CutWhere((_, _) => true);
    }

    /// <summary>A further cut comes on top; when one ends, all do, and sometimes the network comes back in pieces.</summary>
    private void CutWhere(Func<Machine, Machine, bool> cut)
    {
        foreach (var from in _world.Machines)
        {
            foreach (var to in _world.Machines.Where(to => cut(from, to)))
                _world.Cut(from, to);
        }

        Later(500, _world.Loop.OneIn(2) ? 40_000 : 14_000, () =>
        {
            _world.Trace.Add("reconnected");
            _world.Reconnect();
            if (_world.Loop.OneIn(4))
                Split();
        });
    }

    private void KillAny() => Kill(Any(), power: false);

    private void KillSeed()
    {
        var seeds = _world.Machines.Where(machine => machine.Role == ProcessRole.Seed).ToList();
        Kill(seeds[_world.Loop.Random.Next(seeds.Count)], power: false);
    }

    private void CutPower() => Kill(Any(), power: true);

    private void Kill(Machine machine, bool power)
    {
        if (!machine.Runs)
            return;
        _world.Kill(machine, power);
        var keepsFile = KeepsFile();
        Later(100, 30_000, () =>
        {
            if (!machine.Runs)
                _world.StartProcess(machine, keepsFile);
        });
    }

    private void Freeze()
    {
        if (Any() is not { Process: { Running: true } process })
            return;
        _world.Trace.Add("freeze", process.Name);
        process.Freeze();
        Later(500, 30_000, () =>
        {
            if (process.Alive)
                process.Resume();
        });
    }

    private void Later(double from, double to, Action action) => _world.Loop.After(_world.Loop.Between(from, to), () =>
    {
        if (!_mix.Over)
            action();
    });
}
