using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using MoE.ExpertActors;
using MoE.Host;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>
/// One operating system process: the product's own membership loop, entry and actors, as the host puts them together, over a
/// modelled cluster. What reaches it from outside waits while it hangs and is lost once it is dead. Inside, an instant takes no time,
/// so that freezing the borders freezes the whole.
/// </summary>
internal sealed class SimulatedProcess
{
    /// <summary>Most that an orderly end takes, as <c>moe.shutdown-timeout</c> bounds it.</summary>
    private static readonly TimeSpan s_shutdown = TimeSpan.FromSeconds(15);

    private readonly World _world;
    private readonly Queue<Action> _waiting = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SimulatedTime _time;
    private readonly ModelledPeers _peers;

    public SimulatedProcess(World world, Machine machine, IEnumerable<Address> known)
    {
        _world = world;
        Machine = machine;
        Queue = new SimulatedQueue(world.Loop, this);
        _time = new SimulatedTime(world.Loop, Run);
        _peers = new ModelledPeers(world, this, world.Settings.Membership.RefusalTimeout);
        KnowsModel = machine.HasFiles;
        Known.Set(known);
        if (machine.Serves)
            Front = new FrontLoad(world, this);
        Membership = Enter(mayForm: machine.IsSeed);
        MembershipLoop.RunAsync(world.Settings.Membership.RejoinPause, () => Membership.Ended, Lost, Reenter, _time, _ending.Token)
            .ContinueWith(loop => world.Break($"the loop of {Name} failed: {loop.Exception}"), TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
    }

    public Machine Machine { get; }

    public string Name => Machine.Name;

    public bool Alive { get; private set; } = true;

    public bool Frozen { get; private set; }

    public bool Running => Alive && !Frozen;

    /// <summary>Counts up with every hang, so that what was meant for one does not touch the next.</summary>
    public int Hangs { get; private set; }

    /// <summary>Whether it was asked to end in order.</summary>
    public bool Leaving { get; private set; }

    /// <summary>Whether the cluster may have learnt not to trust it.</summary>
    public bool Suspect { get; set; }

    /// <summary>How its answers are falsified.</summary>
    public AnswerFault AnswerFault { get; set; }

    public SimulatedQueue Queue { get; }

    public SimulatedModel Model { get; } = new();

    /// <summary>Whether it has the model's files, or has heard what the model is.</summary>
    public bool KnowsModel { get; private set; }

    public KnownMembers Known { get; } = new(file: null);

    /// <summary>Its front part, or null.</summary>
    public FrontLoad? Front { get; }

    /// <summary>The membership of now.</summary>
    public ModelledMembership Membership { get; private set; }

    /// <summary>The lineage of the membership before, 0 for none.</summary>
    public int FormerLineage { get; private set; }

    /// <summary>It hears what the model is.</summary>
    public void Learn(ModelOutline outline)
    {
        if (outline.ModelHash != Model.Hash)
            _world.Break($"{Name} was told of the model {outline.ModelHash}");
        KnowsModel = true;
    }

    /// <summary>Something reaches the process from outside.</summary>
    public void Run(Action action)
    {
        if (Running)
            action();
        else if (Alive)
            _waiting.Enqueue(action);
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze()
    {
        _world.Trace.Add("freeze", Name);
        Frozen = true;
        Hangs++;
    }

    /// <summary>SIGCONT.</summary>
    public void Resume()
    {
        if (!Frozen)
            return;
        _world.Trace.Add("resume", Name);
        Frozen = false;
        while (Running && _waiting.TryDequeue(out var action))
            action();
    }

    /// <summary>SIGTERM: an expert node hands over what it holds, a front lets its requests end, then the process leaves the cluster.</summary>
    public void Terminate()
    {
        _world.Trace.Add("terminate", Name);
        Leaving = true;
        if (Membership.ExpertRole is { } experts)
            experts.Tell(Drain.Instance, ActorRefs.NoSender);
        else
            LeaveWhenIdle();
    }

    /// <summary>The process is done, and says goodbye.</summary>
    public void Leave()
    {
        if (!Alive || _ending.IsCancellationRequested)
            return;
        _ending.Cancel();
        Membership.Leave();
        _world.Loop.After(s_shutdown, () => Run(End));
    }

    /// <summary>Whoever was leaving when it was cut off has nobody to say goodbye to.</summary>
    public void MembershipEnded()
    {
        if (_ending.IsCancellationRequested)
            End();
    }

    /// <summary>The end of an orderly shutdown.</summary>
    public void End()
    {
        if (!Alive)
            return;
        _world.Trace.Add("exit", Name);
        _world.Control.Ended(Membership);
        Die();
    }

    /// <summary>SIGKILL.</summary>
    public void Die()
    {
        Alive = false;
        Frozen = false;
        _waiting.Clear();
        _ending.Cancel();
        _world.Stop(Membership);
    }

    /// <summary>Another process takes nothing from a membership that it saw end.</summary>
    public void Quarantined(ModelledMembership membership, Address by) => Run(() => Tell(membership, new ThisActorSystemQuarantinedEvent(Machine.Address, by)));

    /// <summary>A connection to another process broke.</summary>
    public void Disconnected(Address from) => Run(() => Tell(Membership, new DisassociatedEvent(Machine.Address, from, false)));

    public override string ToString() => Name;

    private static void Tell(ModelledMembership membership, object news)
    {
        if (membership.Actors.TryGetValue("downing", out var downing))
            downing.Tell(news, ActorRefs.NoSender);
    }

    /// <summary>As <c>ClusterNode</c>, <c>FrontProcess</c>, <c>ExpertProcess</c> and <c>SeedSideDowning</c> do.</summary>
    private ModelledMembership Enter(bool mayForm)
    {
        var membership = _world.NewMembership(this);
        var locator = _world.Start(membership, "coordinator", CoordinatorLocator.Props(membership));
        _world.Start(membership, KnownMembersActor.Name, KnownMembersActor.Props(Known, membership));
        _world.Start(membership, "downing", MembershipActor.Props(_world.Settings.Membership, Machine.Seeds, membership, _peers));
        _world.Start(membership, MemberActor.ProcessName, MemberActor.Props());
        _world.Start(membership, MemberActor.NameOf(membership.Self), MemberActor.Props());
        membership.OnUp(() => _world.Start(membership, MemberActor.Name, MemberActor.Props()));
        if (Machine.IsSeed)
            Roles.StartCoordinator(_world, membership);
        if (Machine.Role == ProcessRole.Node)
            Roles.StartExperts(_world, membership, locator);
        new ClusterEntry
        {
            Membership = membership,
            Known = Known,
            Seeds = Machine.Seeds,
            Settings = _world.Settings.Membership,
            Peers = _peers,
            Time = _time,
            Log = Logging.GetLogger(_world.System, Name),
            Announce = name => _world.Start(membership, name, MemberActor.Props()),
        }.EnterAsync(mayForm, _ending.Token).ContinueWith(
            entry => _world.Break($"the entry of {Name} failed: {entry.Exception}"), TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        Front?.Enter(membership, locator);
        return membership;
    }

    private Task Reenter()
    {
        FormerLineage = Membership.Lineage;
        Membership = Enter(mayForm: false);
        if (Leaving && Membership.ExpertRole is { } experts)
            experts.Tell(Drain.Instance, ActorRefs.NoSender);
        return Task.CompletedTask;
    }

    private void Lost() => Front?.Lost();

    private void LeaveWhenIdle()
    {
        if (Front is null or { Running: 0 })
            Leave();
        else
            _world.Loop.After(TimeSpan.FromMilliseconds(100), () => Run(LeaveWhenIdle));
    }
}

/// <summary>How a node's answers go wrong.</summary>
internal enum AnswerFault
{
    None,

    /// <summary>A value that is no number.</summary>
    NotANumber,

    /// <summary>A row less.</summary>
    WrongShape,

    /// <summary>The computation fails.</summary>
    Refuses,
}
