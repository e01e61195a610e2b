using Akka.Actor;
using Akka.Cluster;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>
/// One membership of a process as Akka.Cluster 1.5 has it: joining through a member that answers, heartbeats, gossip with one
/// other at a time, a leader that acts once everybody has seen the same. States: idle → joining → member (→ leaving → exiting) → ended.
/// </summary>
internal sealed class ModelledMembership : IMembership
{
    private readonly World _world;
    private readonly HashSet<int> _quarantined = [];
    private readonly MembershipEvents _events;
    private readonly Departure _departure;
    private readonly TaskCompletionSource _ended = new();
    private bool _stopping;

    public ModelledMembership(World world, SimulatedProcess process, int uid)
    {
        _world = world;
        Process = process;
        Uid = uid;
        Self = new UniqueAddress(process.Machine.Address, uid);
        Id = ProcessId.Of(Self);
        Order = world.Loop.Random.Next();
        View = new MembershipView(world, uid);
        View.Changed += Publish;
        Admission = new Admission(world, this);
        Heartbeats = new Heartbeats(world, this);
        Exchange = new GossipExchange(world, this);
        Downing = new Downing(world, this);
        Leader = new LeaderActions(world, this);
        _departure = new Departure(world, this);
        _events = new MembershipEvents(uid);
        world.Loop.After(world.Loop.Between(0, TickInterval.TotalMilliseconds), () => process.Run(Tick));
    }

    /// <summary>Of gossip, heartbeats and the leader, as configured in hocon/akka.conf.</summary>
    public static TimeSpan TickInterval { get; } = TimeSpan.FromMilliseconds(200);

    public SimulatedProcess Process { get; }

    public int Uid { get; }

    /// <summary>Where it comes among the members of its address: Akka draws uids, so who comes first says nothing of who is older.</summary>
    public int Order { get; }

    public UniqueAddress Self { get; }

    /// <summary>As <c>ClusterNode</c> names it.</summary>
    public NodeId Id { get; }

    public MembershipView View { get; }

    public Admission Admission { get; }

    public Heartbeats Heartbeats { get; }

    public GossipExchange Exchange { get; }

    public Downing Downing { get; }

    public LeaderActions Leader { get; }

    /// <summary>Its actors under <c>/user</c>.</summary>
    public Dictionary<string, IActorRef> Actors { get; } = [];

    /// <summary>The expert part of this membership, or null.</summary>
    public IActorRef? ExpertRole { get; set; }

    /// <summary>What lanes lead to, once they are listened for.</summary>
    public IActorRef? Experts { get; set; }

    /// <summary>Ends once the process has noticed the end of this membership.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether anybody listens at the process's port for this membership.</summary>
    public bool Listens => Process.Alive && !_ended.Task.IsCompleted;

    /// <summary>Whether the cluster's daemon runs as a member's.</summary>
    public bool IsMember => Listens && !_stopping && View.Status is not null;

    public bool IsUp => IsMember && View.Status == MemberStatus.Up;

    /// <summary>Members that are up as this one knows.</summary>
    public IEnumerable<GossipEntry> UpMembers => View.Gossip.Members.Values.Where(member => member.Status == MemberStatus.Up);

    /// <summary>The seed that has the coordinator as this one knows, or null.</summary>
    public GossipEntry? OldestSeed => View.OldestSeed;

    /// <summary>Clusters of one descent have a number in common: those that seeds formed after all of them were cut off.</summary>
    public int Lineage { get; set; }

    public void Subscribe(IActorRef subscriber, params Type[] events) => _events.Subscribe(subscriber, events);

    public void Unsubscribe(IActorRef subscriber) => _events.Unsubscribe(subscriber);

    public void OnUp(Action then)
    {
        if (IsUp)
            then();
        else
            _events.OnUp(then);
    }

    public void Form()
    {
        if (!Listens || IsMember || _stopping)
            return;
        Lineage = _world.LineageOf(this);
        _world.Trace.Add("forms", Process.Name, "", $"#{Uid}, lineage {Lineage}");
        Admission.End();
        View.Begin(View.Gossip.With(GossipEntry.Joining(this)));
        Leader.Act();
    }

    public void Join(IReadOnlyList<Address> contacts)
    {
        if (!IsMember)
            Admission.Begin(contacts);
    }

    public void Down(Address member)
    {
        if (IsMember)
            Downing.Mark(member);
        else if (member.Equals(Self.Address))
            Stop();
    }

    /// <summary>Leaves in order; the process ends when everybody has heard of it.</summary>
    public void Leave()
    {
        if (IsMember)
            _departure.Begin();
    }

    public ICanTell At(Address process, string name) => new NamedActor(_world, this, process, name);

    /// <summary>Whether another one is a member as this one knows.</summary>
    public bool Knows(ModelledMembership other) => View.Gossip.Members.ContainsKey(other.Uid);

    /// <summary>Whether it is one that nobody has said to be down.</summary>
    public bool Counts(ModelledMembership other) => View.Gossip.Members.TryGetValue(other.Uid, out var member) && member.Status != MemberStatus.Down;

    public override string ToString() => $"{Process.Name} #{Uid}";

    /// <summary>Whether messages from one to the other are dropped for good: one of them saw the other go.</summary>
    public bool IsQuarantined(ModelledMembership other) => HasQuarantined(other) || other.HasQuarantined(this);

    /// <summary>Whether this one saw the other go.</summary>
    public bool HasQuarantined(ModelledMembership other) => _quarantined.Contains(other.Uid);

    private void Tick()
    {
        if (!Listens || _stopping)
            return;
        _world.Loop.After(TickInterval, () => Process.Run(Tick));
        if (!IsMember)
            return;
        Heartbeats.Reap();
        Exchange.SendToOne();
        Leader.Act();
        if (View.Status == MemberStatus.Down && Downing.Ends())
        {
            Exchange.SendToSome();
            Stop();
        }
    }

    private void Publish()
    {
        foreach (var gone in _events.Publish(View.Gossip))
        {
            _quarantined.Add(gone);
            Heartbeats.Forget(_world.ByUid(gone).Self.Address);
            _world.Control.Removed(this, gone);
        }

        _departure.GoOn();
        if (IsUp)
            _events.Up();
    }

    private void Stop()
    {
        if (_stopping)
            return;
        Admission.End();
        _stopping = true;
        _world.Trace.Add("leaves", Process.Name);
        foreach (var gone in _events.PublishEnd())
            _world.Control.Removed(this, gone);
        _world.Loop.After(_world.Loop.Between(20, 600), () => Process.Run(() =>
        {
            _world.Control.Ended(this);
            _world.Stop(this);
            _ended.TrySetResult();
            Process.MembershipEnded();
        }));
    }
}
