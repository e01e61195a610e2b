namespace MoE.Simulation.Tests;

/// <summary>What goes wrong between and with the machines of one simulation: every seed takes some kinds of it.</summary>
internal sealed class NetworkFaults
{
    private readonly World _world;
    private readonly FaultMix _mix;

    public NetworkFaults(World world, FaultMix mix)
    {
        _world = world;
        _mix = mix;
    }

    public IReadOnlyList<Action> Kinds => [Split, Split, SplitOneWay, CutLink, CutOneWay, Isolate, Isolate, CutPower];

    private Machine Any() => _world.Machines[_world.Loop.Random.Next(_world.Machines.Count)];

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
                _world.Cables.Cut(from, to);
        }

        _mix.Later(500, _world.Loop.OneIn(2) ? 40_000 : 14_000, () =>
        {
            _world.Trace.Add("reconnected");
            _world.Cables.Reconnect();
            if (_world.Loop.OneIn(4))
                Split();
        });
    }

    private void CutPower()
    {
        var machine = Any();
        if (!machine.Runs)
            return;
        _world.Kill(machine, power: true);
        _mix.Restart(machine, 100, 30_000);
    }
}
