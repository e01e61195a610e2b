using Akka.Actor;
using Akka.Event;
using MoE.ExpertActors;
using MoE.Kernels;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>
/// One simulation: seeds, expert nodes and fronts as processes of one thread, with the product's own actors in them, and a
/// network, a membership and compute threads that only the seed decides about.
/// </summary>
internal sealed class World
{
    private readonly int _seed;
    private readonly Dictionary<string, SimulatedProcess> _processOf = [];
    private readonly DispatchSettings _dispatch;
    private readonly FrontSettings _frontSettings;
    private readonly ExpertNodeSettings _nodeSettings;
    private readonly CoordinatorSettings _coordinatorSettings;
    private readonly LogSink _log;
    private int _lastIndex;

    public World(ActorSystem system, int seed, int traceLines)
    {
        _seed = seed;
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
        Control = new ControlPlane(this);
        Lanes = new Lanes(this);
        Membership = new Membership(this);
        var config = system.Settings.Config;
        _dispatch = DispatchSettings.Read(config) with { ReplicaSelection = Loop.OneIn(2) ? ReplicaSelectionPolicies.Primary : ReplicaSelectionPolicies.LeastTime };
        _frontSettings = FrontSettings.Read(config);
        _nodeSettings = ExpertNodeSettings.Read(config);
        _coordinatorSettings = CoordinatorSettings.Read(config) with { MinNodes = Loop.Random.Next(1, 3), Goals = new PlacementGoals(Loop.Random.Next(1, 3), 3) };
        if (Loop.OneIn(2))
            _coordinatorSettings = _coordinatorSettings with { Balance = _coordinatorSettings.Balance with { Interval = TimeSpan.FromSeconds(5), MinTokens = 20 } };
        Invariants = new Invariants(this);
        system.EventStream.SetLogLevel(Trace.Verbose ? LogLevel.InfoLevel : LogLevel.ErrorLevel);
        _log = new LogSink(Trace, Invariants.Break, ((ExtendedActorSystem)system).Provider);
        system.EventStream.Subscribe(_log, typeof(LogEvent));
    }

    public ActorSystem System { get; }

    public SimulationLoop Loop { get; }

    public Trace Trace { get; }

    public ControlPlane Control { get; }

    public Lanes Lanes { get; }

    public Membership Membership { get; }

    public Invariants Invariants { get; }

    public DispatchSettings Dispatch => _dispatch;

    public int MinNodes => _coordinatorSettings.MinNodes;

    /// <summary>Every process that ever ran, in the order of their starts.</summary>
    public List<SimulatedProcess> Processes { get; } = [];

    public List<FrontLoad> Fronts { get; } = [];

    public IEnumerable<SimulatedProcess> Alive(ProcessRole role) => Processes.Where(process => process.Alive && process.Role == role);

    public SimulatedProcess StartSeed()
    {
        var process = StartProcess(ProcessRole.Seed);
        process.Main = Start(process, $"{process.Name}-placement", PlacementCoordinator.Props(
            new CoordinatorIdentity(process.Model.Hash, NumericPolicy.Current, "f32"), PlacementModel.Of(process.Model), _coordinatorSettings));
        return process;
    }

    /// <summary>An expert node with memory for some experts.</summary>
    public SimulatedProcess StartNode(int room)
    {
        var process = StartProcess(ProcessRole.Node, room * SimulatedModel.BytesOfExpert, Loop.Random.Next(1, 5));
        var registration = new NodeRegistration(
            process.Id, "10.0.0.1", process.Index, process.Model.Hash, WireVersion.Current, NumericPolicy.Current, process.Budget, process.Threads);
        var observer = Start(process, $"{process.Name}-observer", Observer.Props(this, process));
        process.Main = Start(process, $"{process.Name}-node", ExpertNodeActor.Props(
            registration, process.Model, process.Queue, process.Locator, observer, _nodeSettings));
        observer.Tell(new Observer.Observe(process.Main), ActorRefs.NoSender);
        process.Locator.Tell(new SubscribeCoordinator(process.Main), ActorRefs.NoSender);
        return process;
    }

    public SimulatedProcess StartFront()
    {
        var process = StartProcess(ProcessRole.Front);
        var readiness = new FrontReadiness();
        var gating = Start(process, $"{process.Name}-gating", Gating.GatingActor.Props(SimulatedModel.Gates, SimulatedModel.Pool));
        var dispatcher = Start(process, $"{process.Name}-dispatcher", TokenDispatcher.Props(new TokenDispatcherOptions
        {
            Front = process.Id,
            NumExperts = SimulatedModel.NumExperts,
            Pool = SimulatedModel.Pool,
            Settings = _dispatch,
            Readiness = readiness,
            Dial = Lanes.DialFrom(process),
        }));
        process.Main = Start(process, $"{process.Name}-front", FrontActor.Props(
            new RegisterFront(process.Id, process.Model.Hash, WireVersion.Current, NumericPolicy.Current, "f32", ExpertPlacement.Empty),
            process.Locator, dispatcher, gating, ActorRefs.Nobody, _frontSettings));
        process.Locator.Tell(new SubscribeCoordinator(process.Main), ActorRefs.NoSender);
        Fronts.Add(new FrontLoad(this, process, readiness, gating, dispatcher));
        return process;
    }

    /// <summary>Starts an actor in a process.</summary>
    public IActorRef Start(SimulatedProcess process, string name, Props props)
    {
        _processOf[name] = process;
        var actor = System.ActorOf(props, name);
        process.Actors.Add(actor);
        return actor;
    }

    /// <summary>The process ends without a word: SIGKILL.</summary>
    public void Crash(SimulatedProcess process)
    {
        Trace.Add("crash", process.Name);
        process.Kill(System);
        Lanes.Crashed(process);
        Membership.Crashed(process);
        Fronts.RemoveAll(front => front.Process == process);
    }

    /// <summary>The process ends in order: its connections close, the cluster is told.</summary>
    public void Exit(SimulatedProcess process)
    {
        Trace.Add("exit", process.Name);
        Membership.Left(process);
        process.Kill(System);
        Lanes.Crashed(process);
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze(SimulatedProcess process)
    {
        Trace.Add("freeze", process.Name);
        process.Freeze();
        Lanes.Froze(process);
        Membership.Froze(process);
    }

    /// <summary>SIGCONT.</summary>
    public void Resume(SimulatedProcess process)
    {
        if (!process.Alive || !process.Frozen)
            return;
        Trace.Add("resume", process.Name);
        process.Resume();
        Membership.Resumed(process);
    }

    /// <summary>Lets time pass. Ends early where <paramref name="done"/> says so.</summary>
    public bool RunUntil(TimeSpan time, Func<bool>? done = null)
    {
        while (Loop.Step(time))
        {
            Invariants.ThrowIfBroken();
            foreach (var front in Fronts)
                front.Poll();
            if (done is not null && done())
                return true;
        }

        return done is not null && done();
    }

    /// <summary>Stops every actor, so that the system can serve the next simulation.</summary>
    public void End()
    {
        System.EventStream.Unsubscribe(_log);
        foreach (var process in Processes)
            process.Kill(System);
        Loop.Settle();
    }

    private SimulatedProcess StartProcess(ProcessRole role, long budget = 0, int threads = 1)
    {
        var process = new SimulatedProcess(this, ++_lastIndex, role) { Budget = budget, Threads = threads };
        Processes.Add(process);
        process.Locator = Start(process, $"{process.Name}-locator", SimulatedLocator.Props(this, process));
        Membership.Join(process);
        Trace.Add("start", process.Name);
        return process;
    }

    private SimulatedProcess? ProcessOf(IActorRef actor)
    {
        var path = actor.Path;
        while (path.Depth > 2)
            path = path.Parent;
        return _processOf.GetValueOrDefault(path.Name);
    }

    public override string ToString() => $"simulation {_seed}";
}
