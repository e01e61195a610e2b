using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>The network between the machines: what of it is cut, who hears whom, and what Akka.Remote carries over it.</summary>
internal sealed class Cables(World world)
{
    private readonly HashSet<(int From, int To)> _cut = [];
    private readonly Dictionary<(int From, int To), TimeSpan> _brokenUntil = [];
    private readonly Dictionary<(int From, int To), TimeSpan> _lastDelivery = [];

    public void Cut(Machine from, Machine to) => _cut.Add((from.Index, to.Index));

    /// <summary>Cuts both ways between some machines and others.</summary>
    public void Cut(IReadOnlyCollection<Machine> some, IReadOnlyCollection<Machine> others)
    {
        world.Trace.Add("cut", string.Join(", ", some), string.Join(", ", others));
        foreach (var one in some)
        {
            foreach (var other in others)
            {
                Cut(one, other);
                Cut(other, one);
            }
        }
    }

    public void Reconnect() => _cut.Clear();

    /// <summary>Two processes lose what they tell each other, for a while; they hear each other all the same.</summary>
    public void Break(Machine one, Machine other, TimeSpan duration)
    {
        _brokenUntil[(one.Index, other.Index)] = world.Loop.Now + duration;
        _brokenUntil[(other.Index, one.Index)] = world.Loop.Now + duration;
    }

    /// <summary>Whether packets pass one way.</summary>
    public bool Passes(Machine from, Machine to) => from == to || (from.On && to.On && !_cut.Contains((from.Index, to.Index)));

    /// <summary>Whether packets pass both ways between a process and a machine.</summary>
    public bool Connects(SimulatedProcess process, Address address) => world.MachineAt(address) is { } to && Connects(process.Machine, to);

    public bool Connects(Machine one, Machine other) => Passes(one, other) && Passes(other, one);

    /// <summary>Whether one process would answer another now.</summary>
    public bool CanAsk(ModelledMembership from, ModelledMembership? to) =>
        to is { Listens: true, Process.Running: true } && from.Process.Running && !from.IsQuarantined(to) && Connects(from.Process.Machine, to.Process.Machine);

    /// <summary>
    /// Something goes from one process to another, in order, and is lost where the network is cut when it arrives. Whoever was
    /// removed from the cluster is not heard any more, and told so.
    /// </summary>
    public void Send(ModelledMembership from, ModelledMembership to, Action arrives)
    {
        if (!from.Listens || IsBroken(from.Process.Machine, to.Process.Machine))
            return;
        var due = world.Loop.Now + world.Loop.Between(0.1, world.Loop.OneIn(20) ? 400 : 3);
        if (_lastDelivery.TryGetValue((from.Uid, to.Uid), out var last) && due < last)
            due = last;
        _lastDelivery[(from.Uid, to.Uid)] = due;
        world.Loop.At(due, () => Arrive(from, to, arrives));
    }

    private void Arrive(ModelledMembership from, ModelledMembership to, Action arrives)
    {
        if (!to.Listens || !Passes(from.Process.Machine, to.Process.Machine))
            return;
        if (to.HasQuarantined(from))
        {
            if (from.Listens && Connects(to.Process.Machine, from.Process.Machine))
                from.Process.Quarantined(from, to.Process.Machine.Address);
        }
        else if (!from.HasQuarantined(to))
        {
            to.Process.Run(() =>
            {
                if (to.Listens)
                    arrives();
            });
        }
    }

    private bool IsBroken(Machine from, Machine to)
    {
        if (!_brokenUntil.TryGetValue((from.Index, to.Index), out var until) || world.Loop.Now >= until)
            return false;
        world.Trace.Add("lost", from.Name, to.Name);
        return true;
    }
}
