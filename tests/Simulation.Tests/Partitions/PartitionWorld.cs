using Akka.Actor;
using Akka.Event;
using MoE.Host;

namespace MoE.Simulation.Tests;

/// <summary>One simulation of the membership: machines, the network between them, and what of it is cut.</summary>
internal sealed class PartitionWorld
{
    private readonly Dictionary<string, PartitionProcess> _processOf = [];
    private readonly List<ModelledMembership> _memberships = [];
    private readonly HashSet<(int From, int To)> _cut = [];
    private readonly LogSink _log;
    private string? _broken;
    private int _lineages;

    public PartitionWorld(ActorSystem system, int seed, int traceLines)
    {
        System = system;
        Loop = SimulationLoop.Of(system);
        Loop.Reset(seed);
        Loop.Deliver = (receiver, action) =>
        {
            if (receiver is IActorRef actor && ProcessOf(actor) is { } process)
                process.Run(action);
            else
                action();
        };
        Trace = new Trace(Loop, traceLines);
        Settings = MembershipSettings.Read(system.Settings.Config);
        system.EventStream.SetLogLevel(Trace.Verbose ? LogLevel.InfoLevel : LogLevel.ErrorLevel);
        _log = new LogSink(Trace, Break, ((ExtendedActorSystem)system).Provider);
        system.EventStream.Subscribe(_log, typeof(LogEvent));
    }

    public ActorSystem System { get; }

    public SimulationLoop Loop { get; }

    public Trace Trace { get; }

    public MembershipSettings Settings { get; }

    public List<Machine> Machines { get; } = [];

    public IEnumerable<PartitionProcess> Alive => Machines.Where(machine => machine.Runs).Select(machine => machine.Process!);

    public void Break(string what) => _broken ??= what;

    /// <summary>Starts a machine's process; what it remembers of a former one is in its members' file.</summary>
    public void StartProcess(Machine machine, bool keepsFile)
    {
        var known = keepsFile && machine.Process is { } former
            ? former.Known.Members.Select(member => new Address("akka.tcp", ClusterNode.SystemName, member.Host, member.Port)).ToList()
            : [];
        Trace.Add("start", machine.Name, "", keepsFile ? "" : "without its file");
        machine.On = true;
        machine.Process = new PartitionProcess(this, machine, known);
    }

    /// <summary>SIGKILL, or the whole machine goes: then nothing answers there.</summary>
    public void Kill(Machine machine, bool power)
    {
        Trace.Add(power ? "power cut" : "kill", machine.Name);
        machine.On = !power;
        machine.Process!.Kill();
        foreach (var other in Alive.Where(other => Connected(other, machine.Address)).ToList())
            Loop.After(Loop.Between(0.2, 50), () => other.Disconnected(machine.Address));
    }

    public void Cut(Machine from, Machine to) => _cut.Add((from.Index, to.Index));

    public void Reconnect() => _cut.Clear();

    public ModelledMembership NewMembership(PartitionProcess process)
    {
        var membership = new ModelledMembership(this, process, _memberships.Count);
        _memberships.Add(membership);
        return membership;
    }

    public ModelledMembership ByUid(int uid) => _memberships[uid];

    /// <summary>Who listens at an address, or null.</summary>
    public ModelledMembership? ListeningAt(Address address) =>
        Machines.Find(machine => machine.Address.Equals(address)) is { Runs: true, Process.Membership: { Listens: true } there } ? there : null;

    /// <summary>A seed that starts forms a cluster of a new lineage, one that was cut off goes on with the old one.</summary>
    public int LineageOf(ModelledMembership founder) => founder.Process.FormerLineage > 0 ? founder.Process.FormerLineage : NewLineage();

    public int NewLineage() => ++_lineages;

    /// <summary>Whether packets pass both ways between a process and a machine.</summary>
    public bool Connected(PartitionProcess process, Address address) =>
        Machines.Find(machine => machine.Address.Equals(address)) is { On: true } to && Passes(process.Machine, to) && Passes(to, process.Machine);

    /// <summary>Whether one process would answer another now.</summary>
    public bool CanAsk(ModelledMembership from, ModelledMembership? to) =>
        to is { Listens: true, Process.Running: true } && from.Process.Running && !from.IsQuarantined(to) && Connected(from.Process, to.Process.Address);

    /// <summary>Something goes from one process to another, and is lost where the network is cut when it arrives.</summary>
    public void Send(ModelledMembership from, ModelledMembership to, Action arrives) =>
        Loop.After(Loop.Between(0.1, Loop.OneIn(20) ? 200 : 3), () =>
        {
            if (!to.Listens || !Passes(from.Process.Machine, to.Process.Machine))
                return;
            if (to.HasQuarantined(from))
            {
                if (from.Listens && Connected(to.Process, from.Process.Address))
                    from.Process.Quarantined(to.Process.Address);
            }
            else if (!from.HasQuarantined(to))
            {
                to.Process.Run(() =>
                {
                    if (to.Listens)
                        arrives();
                });
            }
        });

    public ModelledRef RefTo(ModelledMembership from, Address address, string name) =>
        new(this, from, () => ListeningAt(address), to => to.Actors.GetValueOrDefault(name));

    public IActorRef Start(ModelledMembership membership, string name, Props props)
    {
        var unique = $"{membership.Process.Name}-{membership.Uid}-{name}";
        _processOf[unique] = membership.Process;
        return membership.Actors[name] = System.ActorOf(props, unique);
    }

    /// <summary>The actor system of a membership ends.</summary>
    public void Stop(ModelledMembership membership)
    {
        foreach (var actor in membership.Actors.Values)
            System.Stop(actor);
        membership.Actors.Clear();
    }

    public string NameOf(GossipEntry member) => $"{_memberships[member.Uid].Process.Name} #{member.Uid}";

    /// <summary>Members by their addresses.</summary>
    public (int, int) OrderOf(GossipEntry member) => (_memberships[member.Uid].Process.Machine.Index, member.Uid);

    /// <summary>Lets time pass. Ends early where <paramref name="done"/> says so.</summary>
    public bool RunUntil(TimeSpan time, Func<bool>? done = null)
    {
        while (Loop.Step(time))
        {
            if (_broken is not null)
                throw new SimulationException(_broken);
            if (done is not null && done())
                return true;
        }

        return done is not null && done();
    }

    public void End()
    {
        System.EventStream.Unsubscribe(_log);
        foreach (var process in Alive.ToList())
            process.Kill();
        Loop.Settle();
    }

    private bool Passes(Machine from, Machine to) => from == to || (from.On && to.On && !_cut.Contains((from.Index, to.Index)));

    private PartitionProcess? ProcessOf(IActorRef actor)
    {
        var path = actor.Path;
        while (path.Depth > 2)
            path = path.Parent;
        return _processOf.GetValueOrDefault(path.Name);
    }
}
