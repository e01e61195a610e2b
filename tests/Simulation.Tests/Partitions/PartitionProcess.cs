using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using MoE.Host;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>
/// A process of the membership's simulation: the product's own loop, entry and actors, as the host puts them together, over a
/// modelled cluster. It serves nothing; a front has only the word of a coordinator that it could.
/// </summary>
internal sealed class PartitionProcess
{
    private readonly PartitionWorld _world;
    private readonly Queue<Action> _waiting = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SimulatedTime _time;
    private readonly ModelledPeers _peers;
    private IActorRef _downing = ActorRefs.Nobody;

    public PartitionProcess(PartitionWorld world, Machine machine, IEnumerable<Address> known)
    {
        _world = world;
        Machine = machine;
        _time = new SimulatedTime(world.Loop, Run);
        _peers = new ModelledPeers(world, this, world.Settings.RefusalTimeout);
        Known.Set(known);
        Membership = Enter(mayForm: IsSeed);
        MembershipLoop.RunAsync(world.Settings.RejoinPause, () => Membership.Ended, Lost, Reenter, _time, _ending.Token)
            .ContinueWith(loop => world.Break($"the loop of {Name} failed: {loop.Exception}"), TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
    }

    public Machine Machine { get; }

    public string Name => Machine.Name;

    public Address Address => Machine.Address;

    public bool IsSeed => Machine.Role == ProcessRole.Seed;

    public bool Alive { get; private set; } = true;

    public bool Frozen { get; private set; }

    public bool Running => Alive && !Frozen;

    public KnownMembers Known { get; } = new(file: null);

    /// <summary>The membership of now.</summary>
    public ModelledMembership Membership { get; private set; }

    /// <summary>The lineage of the membership before, 0 for none.</summary>
    public int FormerLineage { get; private set; }

    /// <summary>Whether the process, not having been told to stop, takes requests: a front that a coordinator has accepted.</summary>
    public bool Accepts => Running && ServedBy is not null;

    /// <summary>Whose word the front has that it may serve.</summary>
    public ModelledMembership? ServedBy { get; private set; }

    /// <summary>When it last had that word.</summary>
    public TimeSpan ServedAt { get; private set; }

    public void Run(Action action)
    {
        if (Running)
            action();
        else if (Alive)
            _waiting.Enqueue(action);
    }

    public void Freeze() => Frozen = true;

    public void Resume()
    {
        Frozen = false;
        while (Running && _waiting.TryDequeue(out var action))
            action();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        Alive = false;
        Frozen = false;
        _waiting.Clear();
        _ending.Cancel();
        _world.Stop(Membership);
    }

    /// <summary>Another process takes nothing from a membership that it saw end.</summary>
    public void Quarantined(Address by) => Run(() => _downing.Tell(new ThisActorSystemQuarantinedEvent(Address, by), ActorRefs.NoSender));

    /// <summary>A connection to another process broke.</summary>
    public void Disconnected(Address from) => Run(() => _downing.Tell(new DisassociatedEvent(Address, from, false), ActorRefs.NoSender));

    public void Served(ModelledMembership by)
    {
        ServedBy = by;
        ServedAt = _world.Loop.Now;
    }

    public override string ToString() => Name;

    /// <summary>As <c>ClusterNode</c>, <c>FrontProcess</c> and <c>SeedSideDowning</c> do.</summary>
    private ModelledMembership Enter(bool mayForm)
    {
        var membership = _world.NewMembership(this);
        var locator = _world.Start(membership, "coordinator", CoordinatorLocator.Props(membership));
        _world.Start(membership, "members", KnownMembersActor.Props(Known, membership));
        _downing = _world.Start(membership, "downing", MembershipActor.Props(_world.Settings, Machine.Seeds, membership, _peers));
        _world.Start(membership, MemberActor.ProcessName, MemberActor.Props());
        _world.Start(membership, MemberActor.NameOf(membership.Self), MemberActor.Props());
        membership.OnUp(() => _world.Start(membership, MemberActor.Name, MemberActor.Props()));
        if (IsSeed)
            _world.Start(membership, CoordinatorLocator.CoordinatorName, AcceptingCoordinator.Props());
        if (Machine.Role == ProcessRole.Front)
            _world.Start(membership, "front", RegisteringFront.Props(this, locator));
        new ClusterEntry
        {
            Membership = membership,
            Known = Known,
            Seeds = Machine.Seeds,
            Settings = _world.Settings,
            Peers = _peers,
            Time = _time,
            Log = Logging.GetLogger(_world.System, Name),
            Announce = name => _world.Start(membership, name, MemberActor.Props()),
        }.EnterAsync(mayForm, _ending.Token).ContinueWith(
            entry => _world.Break($"the entry of {Name} failed: {entry.Exception}"), TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        return membership;
    }

    private Task Reenter()
    {
        FormerLineage = Membership.Lineage;
        Membership = Enter(mayForm: false);
        return Task.CompletedTask;
    }

    private void Lost() => ServedBy = null;
}
