using Akka.Actor;
using Akka.Event;
using MoE.Host;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// One simulation: seeds, expert nodes and fronts as processes of one thread, with the product's own actors in them, and machines, a
/// network and compute threads that only the seed decides about.
/// </summary>
internal sealed class World
{
    private readonly Dictionary<string, SimulatedProcess> _processOf = [];
    private readonly List<ModelledMembership> _memberships = [];
    private readonly Dictionary<NodeId, ModelledMembership> _byId = [];
    private readonly LogSink _log;
    private string? _broken;
    private int _lineages;

    public World(ActorSystem system, int seed, int traceLines)
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
        Cables = new Cables(this);
        Control = new ControlPlane(this);
        Lanes = new Lanes(this);
        Settings = WorldSettings.Draw(Loop, system.Settings.Config);
        system.EventStream.SetLogLevel(Trace.Verbose ? LogLevel.InfoLevel : LogLevel.ErrorLevel);
        _log = new LogSink(Trace, Break, ((ExtendedActorSystem)system).Provider);
        system.EventStream.Subscribe(_log, typeof(LogEvent));
    }

    public ActorSystem System { get; }

    public SimulationLoop Loop { get; }

    public Trace Trace { get; }

    public Cables Cables { get; }

    public ControlPlane Control { get; }

    public Lanes Lanes { get; }

    public WorldSettings Settings { get; }

    /// <summary>In the order of their addresses.</summary>
    public List<Machine> Machines { get; } = [];

    public IEnumerable<SimulatedProcess> Alive => Machines.Where(machine => machine.Runs).Select(machine => machine.Process);

    public IEnumerable<FrontLoad> Fronts => Alive.Where(process => process.Front is not null).Select(process => process.Front!);

    /// <summary>Sees the end of every membership.</summary>
    public event Action<ModelledMembership>? Stopping;

    /// <summary>Requests that were answered.</summary>
    public int Served { get; set; }

    /// <summary>Requests that ended with an error.</summary>
    public int Failed { get; set; }

    public void Break(string what) => _broken ??= what;

    public IEnumerable<SimulatedProcess> InRole(ProcessRole role) => Alive.Where(process => process.Machine.Role == role);

    public Machine? MachineAt(Address address) => Machines.Find(machine => machine.Address.Equals(address));

    /// <summary>Starts a machine's process; what it remembers of a former one is in its members' file.</summary>
    public void StartProcess(Machine machine, bool keepsFile = true)
    {
        var known = keepsFile && machine.Process is { } former
            ? former.Known.Members.Select(member => new Address("akka.tcp", ClusterNode.SystemName, member.Host, member.Port)).ToList()
            : [];
        Trace.Add("start", machine.Name, "", keepsFile ? "" : "without its file");
        machine.On = true;
        machine.Process = new SimulatedProcess(this, machine, known);
    }

    /// <summary>SIGKILL, or the whole machine goes: then nothing answers there.</summary>
    public void Kill(Machine machine, bool power = false)
    {
        Trace.Add(power ? "power cut" : "kill", machine.Name);
        machine.On = !power;
        machine.Process.Die();
    }

    public ModelledMembership NewMembership(SimulatedProcess process)
    {
        var membership = new ModelledMembership(this, process, _memberships.Count);
        _memberships.Add(membership);
        _byId.Add(membership.Id, membership);
        return membership;
    }

    public ModelledMembership ByUid(int uid) => _memberships[uid];

    public ModelledMembership ById(NodeId id) => _byId[id];

    /// <summary>Who listens at an address, or null.</summary>
    public ModelledMembership? ListeningAt(Address address) =>
        MachineAt(address) is { Runs: true, Process.Membership: { Listens: true } there } ? there : null;

    /// <summary>A seed that starts forms a cluster of a new lineage, one that was cut off goes on with the old one.</summary>
    public int LineageOf(ModelledMembership founder) => founder.Process.FormerLineage > 0 ? founder.Process.FormerLineage : NewLineage();

    public int NewLineage() => ++_lineages;

    public IActorRef Start(ModelledMembership membership, string name, Props props)
    {
        var unique = $"{membership.Process.Name}-{membership.Uid}-{name}";
        _processOf[unique] = membership.Process;
        return membership.Actors[name] = System.ActorOf(props, unique);
    }

    /// <summary>The actor system of a membership ends, and its machine, where it has power, closes the connections.</summary>
    public void Stop(ModelledMembership membership)
    {
        Stopping?.Invoke(membership);
        foreach (var actor in membership.Actors.Values)
            System.Stop(actor);
        membership.Actors.Clear();
        var machine = membership.Process.Machine;
        foreach (var other in Alive.Where(other => other.Machine != machine && Cables.Connects(other, machine.Address)).ToList())
            Loop.After(Loop.Between(0.2, 50), () => other.Disconnected(machine.Address));
    }

    public string NameOf(GossipEntry member) => $"{_memberships[member.Uid]}";

    /// <summary>Members by their addresses, then by their uids as Akka would have drawn them.</summary>
    public (int, int) OrderOf(GossipEntry member) => (_memberships[member.Uid].Process.Machine.Index, _memberships[member.Uid].Order);

    /// <summary>Lets time pass. Ends early where <paramref name="done"/> says so.</summary>
    public bool RunUntil(TimeSpan time, Func<bool>? done = null)
    {
        while (Loop.Step(time))
        {
            if (_broken is not null)
                throw new SimulationException(_broken);
            foreach (var machine in Machines)
                machine.Process.Front?.Poll();
            if (done is not null && done())
                return true;
        }

        return done is not null && done();
    }

    /// <summary>Stops every actor, so that the system can serve the next simulation.</summary>
    public void End()
    {
        System.EventStream.Unsubscribe(_log);
        foreach (var process in Alive.ToList())
            process.Die();
        Loop.Settle();
    }

    private SimulatedProcess? ProcessOf(IActorRef actor)
    {
        var path = actor.Path;
        while (path.Depth > 2)
            path = path.Parent;
        return _processOf.GetValueOrDefault(path.Name);
    }
}
