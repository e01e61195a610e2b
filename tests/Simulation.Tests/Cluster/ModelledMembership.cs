using System.Collections.Immutable;
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
    /// <summary>As configured in hocon/akka.conf, or Akka's own.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(200), s_heartbeatPause = TimeSpan.FromSeconds(3.2);
    private static readonly TimeSpan s_weaklyUpAfter = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan s_askContacts = TimeSpan.FromSeconds(1), s_retryJoin = TimeSpan.FromSeconds(2);

    /// <summary>Akka's MaxTicksBeforeShuttingDownMyself and MaxGossipsBeforeShuttingDownMyself.</summary>
    private const int TicksWhenDown = 4, GossipsWhenDown = 5;

    private readonly World _world;
    private readonly Dictionary<Address, TimeSpan> _heard = [];
    private readonly HashSet<int> _quarantined = [];

    /// <summary>Members that a process at their address has proved gone.</summary>
    private readonly HashSet<int> _terminated = [];
    private readonly HashSet<int> _confirmedExits = [];
    private readonly List<Action> _onUp = [];
    private readonly MembershipEvents _events;
    private readonly TaskCompletionSource _ended = new();
    private IReadOnlyList<Address> _contacts = [];
    private Gossip _gossip = Gossip.Empty;
    private ImmutableSortedSet<int> _seen = [];
    private TimeSpan _retryAt;
    private int _ticksWithoutConvergence, _ticksDown;
    private bool _joining, _stopping, _exiting;

    public ModelledMembership(World world, SimulatedProcess process, int uid)
    {
        _world = world;
        Process = process;
        Uid = uid;
        Self = new UniqueAddress(process.Machine.Address, uid);
        Id = ProcessId.Of(Self);
        Order = world.Loop.Random.Next();
        _events = new MembershipEvents(uid);
        world.Loop.After(world.Loop.Between(0, s_tick.TotalMilliseconds), () => process.Run(Tick));
    }

    public SimulatedProcess Process { get; }

    public int Uid { get; }

    /// <summary>Where it comes among the members of its address: Akka draws uids, so who comes first says nothing of who is older.</summary>
    public int Order { get; }

    public UniqueAddress Self { get; }

    /// <summary>As <c>ClusterNode</c> names it.</summary>
    public NodeId Id { get; }

    /// <summary>Its actors under <c>/user</c>.</summary>
    public Dictionary<string, IActorRef> Actors { get; } = [];

    /// <summary>The expert node of this membership, which lanes lead to.</summary>
    public IActorRef? Experts { get; set; }

    /// <summary>Ends once the process has noticed the end of this membership.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether anybody listens at the process's port for this membership.</summary>
    public bool Listens => Process.Alive && !_ended.Task.IsCompleted;

    /// <summary>Whether the cluster's daemon runs as a member's.</summary>
    public bool IsMember => Listens && !_stopping && !_gossip.Members.IsEmpty;

    public bool IsUp => IsMember && _gossip.Members[Uid].Status == MemberStatus.Up;

    /// <summary>Members that are up as this one knows.</summary>
    public IEnumerable<GossipEntry> UpMembers => _gossip.Members.Values.Where(member => member.Status == MemberStatus.Up);

    /// <summary>The seed that has the coordinator as this one knows, or null.</summary>
    public GossipEntry? OldestSeed => _gossip.Members.Values
        .Where(member => member is { IsSeed: true, Status: MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting }).MinBy(member => member.UpNumber);

    /// <summary>Clusters of one descent have a number in common: those that seeds formed after all of them were cut off.</summary>
    public int Lineage { get; private set; }

    public void Subscribe(IActorRef subscriber, params Type[] events) => _events.Subscribe(subscriber, events);

    public void Unsubscribe(IActorRef subscriber) => _events.Unsubscribe(subscriber);

    public void OnUp(Action then)
    {
        if (IsUp)
            then();
        else
            _onUp.Add(then);
    }

    public void Form()
    {
        if (!Listens || IsMember || _stopping)
            return;
        Lineage = _world.LineageOf(this);
        _world.Trace.Add("forms", Process.Name, "", $"#{Uid}, lineage {Lineage}");
        _joining = false;
        _gossip = _gossip.With(new GossipEntry(Self.Address, Uid, Process.Machine.IsSeed, MemberStatus.Joining, int.MaxValue));
        _seen = [Uid];
        Lead();
    }

    public void Join(IReadOnlyList<Address> contacts)
    {
        if (IsMember)
            return;
        _contacts = contacts;
        _joining = true;
        AskContacts();
    }

    public void Down(Address member)
    {
        if (!IsMember && member.Equals(Self.Address))
        {
            Stop();
            return;
        }

        if (IsMember)
            MarkDown(member);
    }

    /// <summary>Leaves in order; the process ends when everybody has heard of it.</summary>
    public void Leave()
    {
        if (IsMember && _gossip.Members[Uid] is { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } self)
            Change(_gossip.With(self with { Status = MemberStatus.Leaving }));
    }

    public ICanTell At(Address process, string name) => new NamedActor(_world, this, process, name);

    /// <summary>Whether another one is a member as this one knows.</summary>
    public bool Knows(ModelledMembership other) => _gossip.Members.ContainsKey(other.Uid);

    /// <summary>Whether it is one that nobody has said to be down.</summary>
    public bool Counts(ModelledMembership other) => _gossip.Members.TryGetValue(other.Uid, out var member) && member.Status != MemberStatus.Down;

    public override string ToString() => $"{Process.Name} #{Uid}";

    /// <summary>Whether messages from one to the other are dropped for good: one of them saw the other go.</summary>
    public bool IsQuarantined(ModelledMembership other) => HasQuarantined(other) || other.HasQuarantined(this);

    /// <summary>Whether this one saw the other go.</summary>
    public bool HasQuarantined(ModelledMembership other) => _quarantined.Contains(other.Uid);

    private void AskContacts()
    {
        if (!_joining || !Listens)
            return;
        // Whoever has seen this membership go says so.
        foreach (var quarantining in _contacts.Select(_world.ListeningAt).OfType<ModelledMembership>().Where(other => other.HasQuarantined(this)))
            _world.Cables.Send(this, quarantining, () => { });
        var answering = _contacts.Select(_world.ListeningAt)
            .Where(other => other is { IsMember: true } && other._gossip.Members[other.Uid].Status != MemberStatus.Down && _world.Cables.CanAsk(this, other)).ToList();
        if (_world.Loop.Now >= _retryAt && answering.Count > 0)
        {
            _retryAt = _world.Loop.Now + s_retryJoin;
            var contact = answering[_world.Loop.Random.Next(answering.Count)]!;
            _world.Cables.Send(this, contact, () => contact.Joining(this));
        }

        _world.Loop.After(s_askContacts, () => Process.Run(AskContacts));
    }

    private void Joining(ModelledMembership node)
    {
        if (!IsMember || _gossip.Members[Uid].Status == MemberStatus.Down)
            return;
        var there = MembersAt(node.Self.Address).FirstOrDefault();
        if (there is null)
        {
            if (_gossip.Removed.Contains(node.Uid))
                return;
            _heard.Remove(node.Self.Address);
            Change(_gossip.With(new GossipEntry(node.Self.Address, node.Uid, node.Process.Machine.IsSeed, MemberStatus.Joining, int.MaxValue)));
        }
        else if (there.Uid != node.Uid)
        {
            // The process was restarted: its former membership has to go first. The process asks again.
            if (there.Status != MemberStatus.Down)
            {
                _terminated.Add(there.Uid);
                _gossip = _gossip.Observe(Uid, _gossip.UnreachableFrom(Uid).Add(there.Uid));
                MarkDown(there.Address);
            }

            return;
        }

        var (gossip, lineage) = (_gossip, Lineage);
        _world.Cables.Send(this, node, () => node.Welcome(gossip, lineage));
    }

    private void Welcome(Gossip gossip, int lineage)
    {
        if (IsMember || !_joining || !Listens)
            return;
        _joining = false;
        // A seed that joins members who have lost every seed takes over what they had, as one does that forms a cluster.
        Lineage = Process.Machine.IsSeed && !gossip.Members.Values.Any(member => member is { IsSeed: true, Status: MemberStatus.Up }) ? _world.NewLineage() : lineage;
        _gossip = gossip;
        _seen = [Uid];
        _world.Trace.Add("welcomed", Process.Name);
        Publish();
    }

    private void Tick()
    {
        if (!Listens || _stopping)
            return;
        _world.Loop.After(s_tick, () => Process.Run(Tick));
        if (!IsMember)
            return;
        Reap();
        if (Targets() is { Count: > 0 } targets)
        {
            var unseen = targets.Where(target => !_seen.Contains(target)).ToList();
            var among = unseen.Count > 0 && !_world.Loop.OneIn(5) ? unseen : targets;
            Send(among[_world.Loop.Random.Next(among.Count)]);
        }

        Lead();
        if (_gossip.Members[Uid].Status == MemberStatus.Down)
            StopWhenDown();
    }

    /// <summary>
    /// Heartbeats: who has not answered for a while is unreachable, who answers again is reachable. They go to an address: where a process was
    /// restarted, and is a member again, it answers for its former membership too.
    /// </summary>
    private void Reap()
    {
        var before = _gossip.UnreachableFrom(Uid);
        var unreachable = before;
        foreach (var (uid, member) in _gossip.Members)
        {
            if (uid == Uid)
                continue;
            var answers = _world.ListeningAt(member.Address) is { IsMember: true } other && _gossip.Members.ContainsKey(other.Uid) && _world.Cables.CanAsk(this, other);
            if (answers && !_terminated.Contains(uid))
                unreachable = unreachable.Remove(uid);
            if (answers || !_heard.TryGetValue(member.Address, out var last))
                _heard[member.Address] = _world.Loop.Now;
            else if (_world.Loop.Now - last > s_heartbeatPause)
                unreachable = unreachable.Add(uid);
        }

        if (!unreachable.SetEquals(before))
            Change(_gossip.Observe(Uid, unreachable));
    }

    private List<int> Targets()
    {
        var unreachable = _gossip.UnreachableFrom(Uid);
        return [.. _gossip.Members.Keys.Where(uid => uid != Uid && !unreachable.Contains(uid))];
    }

    private void SendToSome()
    {
        var targets = Targets();
        for (var i = 0; i < GossipsWhenDown && targets.Count > 0; i++)
        {
            var index = _world.Loop.Random.Next(targets.Count);
            Send(targets[index]);
            targets.RemoveAt(index);
        }
    }

    private void Send(int uid)
    {
        var (to, gossip, seen) = (_world.ByUid(uid), _gossip, _seen);
        _world.Cables.Send(this, to, () => to.Receive(this, gossip, seen));
    }

    private void Receive(ModelledMembership from, Gossip gossip, ImmutableSortedSet<int> seen)
    {
        if (!IsMember || !_gossip.Members.ContainsKey(from.Uid) || _gossip.UnreachableFrom(Uid).Contains(from.Uid) || !gossip.Members.ContainsKey(Uid))
            return;
        var merged = gossip.Same(_gossip) ? _gossip : gossip.Merge(_gossip);
        var (older, newer) = (merged.Same(gossip), merged.Same(_gossip));
        var answer = !older || !seen.Contains(Uid);
        _seen = (older, newer) switch
        {
            (true, true) => seen.Union(_seen),
            (true, false) => seen,
            (false, true) => _seen,
            _ => [],
        };
        _seen = _seen.Add(Uid).Intersect(merged.Members.Keys);
        _gossip = older ? gossip : merged;
        if (!newer)
            Publish();
        if (answer && IsMember)
            Send(from.Uid);
    }

    /// <summary>What the leader does: lets in and removes, once everybody has seen the same and whoever is unreachable is down.</summary>
    private void Lead()
    {
        if (GossipLeader.Of(_gossip, Uid, _world.OrderOf) != Uid)
            return;
        if (GossipLeader.Converged(_gossip, Uid, _seen))
        {
            _ticksWithoutConvergence = 0;
            Move(GossipLeader.Moved(_gossip, _world.OrderOf));
            if (GossipLeader.Gone(_gossip, Uid, _confirmedExits) is { Count: > 0 } gone)
                Change(_gossip.Without(gone));
        }
        else if (++_ticksWithoutConvergence * s_tick >= s_weaklyUpAfter)
        {
            Move(GossipLeader.WeaklyUp(_gossip, _world.OrderOf));
        }
    }

    private void Move(IReadOnlyList<GossipEntry> moved)
    {
        if (moved.Count == 0)
            return;
        _world.Trace.Add("moves", Process.Name, "", string.Join(", ", moved.Select(member => $"{_world.NameOf(member)} to {member.Status} {member.UpNumber}")));
        Change(moved.Aggregate(_gossip, (all, member) => all.With(member)));
    }

    /// <summary>
    /// Akka is given an address. Where a process was restarted there may be two members at it, in the order of their uids: each hears that it is
    /// down, and every word overwrites the one before, so that here the last one is. The next word is for the other.
    /// </summary>
    private void MarkDown(Address address)
    {
        var before = _gossip;
        foreach (var entry in MembersAt(address).Where(entry => entry.Status != MemberStatus.Down).ToList())
        {
            _world.Trace.Add("downs", Process.Name, _world.NameOf(entry));
            Change(before.With(entry with { Status = MemberStatus.Down }));
            if (address.Equals(Self.Address))
                SendToSome();
            else
                Send(entry.Uid);
        }
    }

    /// <summary>The members at an address; one, or two where a process was restarted.</summary>
    private IEnumerable<GossipEntry> MembersAt(Address address) => _gossip.Members.Values.Where(entry => entry.Address.Equals(address)).OrderBy(_world.OrderOf);

    private void Change(Gossip gossip)
    {
        _gossip = gossip;
        _seen = [Uid];
        Publish();
    }

    private void Publish()
    {
        foreach (var gone in _events.Publish(_gossip))
        {
            _quarantined.Add(gone);
            _heard.Remove(_world.ByUid(gone).Self.Address);
            _world.Control.Removed(this, gone);
        }

        if (_gossip.Members.TryGetValue(Uid, out var self) && self.Status == MemberStatus.Exiting && !_exiting)
            ConfirmExit();
        if (!IsUp || _onUp.Count == 0)
            return;
        var actions = _onUp.ToList();
        _onUp.Clear();
        actions.ForEach(action => action());
    }

    private void ConfirmExit()
    {
        _exiting = true;
        foreach (var other in _gossip.Members.Keys.Where(uid => uid != Uid).Select(_world.ByUid))
            _world.Cables.Send(this, other, () => other._confirmedExits.Add(Uid));
        _world.Loop.After(_world.Loop.Between(20, 300), () => Process.Run(Process.End));
    }

    private void StopWhenDown()
    {
        var unreachable = _gossip.Unreachable(countDowned: true);
        var spread = _gossip.Members.Values.All(member =>
            member.Status != MemberStatus.Down || unreachable.Contains(member.Uid) || _seen.Contains(member.Uid));
        if (!spread && ++_ticksDown < TicksWhenDown)
            return;
        SendToSome();
        Stop();
    }

    private void Stop()
    {
        if (_stopping)
            return;
        _joining = false;
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
