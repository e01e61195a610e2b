using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// Decides who is down (docs/design/membership.md). Four rules: a member whose machine says that nobody listens there is
/// down; a node that does not hear the seeds that decide (<see cref="SeedSide"/>) leaves; the oldest of those seeds downs
/// members that are unreachable and do not answer; a node whose seed is in another cluster joins that.
/// <para>Runs on every node, on Akka.Cluster's dispatcher. Counts unanswered questions, not time: a process that was
/// stopped for an hour has missed none.</para>
/// </summary>
internal sealed class MembershipActor : UntypedActor, IWithTimers
{
    /// <summary>A member that answers but that others cannot reach holds up every join; after this many limits it goes.</summary>
    private const int HalfReachableLimits = 4;

    /// <summary>Limits after which a node that joins and that no leader has noticed has been forgotten.</summary>
    private const int JoiningLimits = 2;

    /// <summary>Limits after which one that was noticed has been: nothing holds up a join for longer.</summary>
    private const int WeaklyUpLimits = HalfReachableLimits + 2;

    /// <summary>Limits after which a cluster with a seed yields to another one; the one that formed for want of an answer yields after one (<see cref="FormerMembers"/>).</summary>
    private const int StrangerLimits = 2;

    private readonly MembershipSettings _settings;
    private readonly IReadOnlyList<Address> _configuredSeeds;
    private readonly IMembership _membership;
    private readonly IPeers _peers;
    private readonly Contacts _contacts;
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private readonly HashSet<UniqueAddress> _joining = [];
    private readonly Dictionary<UniqueAddress, int> _unreachableTicks = [];
    private readonly HashSet<UniqueAddress> _probing = [];
    private readonly HashSet<UniqueAddress> _dead = [];
    private readonly HashSet<Address> _answeredElsewhere = [];
    private readonly CancellationTokenSource _ending = new();
    private int _joiningTicks;
    private bool _leaving;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public MembershipActor(MembershipSettings settings, IReadOnlyList<Address> configuredSeeds, IMembership membership, IPeers peers)
    {
        _settings = settings;
        _configuredSeeds = configuredSeeds;
        _membership = membership;
        _peers = peers;
        _contacts = new Contacts(settings.ProbeLimit);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="settings">Intervals and limits.</param>
    /// <param name="configuredSeeds">Where seeds were said to be.</param>
    /// <param name="membership">The node's.</param>
    /// <param name="peers">Proves deaths.</param>
    public static Props Props(MembershipSettings settings, IReadOnlyList<Address> configuredSeeds, IMembership membership, IPeers peers) =>
        Akka.Actor.Props.Create(() => new MembershipActor(settings, configuredSeeds, membership, peers));

    protected override void PreStart()
    {
        _membership.Subscribe(Self, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        TickLater();
    }

    protected override void PostStop()
    {
        _ending.Cancel();
        _membership.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                Forget(removed.Member.UniqueAddress);
                break;
            case ClusterEvent.IMemberEvent changed:
                Note(changed.Member);
                break;
            case ClusterEvent.UnreachableMember unreachable:
                _unreachableTicks.TryAdd(unreachable.Member.UniqueAddress, 0);
                Suspect(unreachable.Member);
                break;
            case ClusterEvent.ReachableMember reachable:
                NoteReachable(reachable.Member);
                break;
            case AssociationEvent association:
                foreach (var member in _members.Values.Where(member => member.Address.Equals(association.RemoteAddress)).ToList())
                    Suspect(member);
                break;
            case ThisActorSystemQuarantinedEvent quarantined when IsSeed(quarantined.RemoteAddress):
                _log.Warning("the seed {0} takes nothing from this node any more: it was removed from the cluster, and joins anew", quarantined.RemoteAddress);
                Leave();
                break;
            case ThisActorSystemQuarantinedEvent:
                break;
            case Probed probed:
                Heard(probed);
                break;
            case ActorIdentity { MessageId: UniqueAddress node, Subject: not null }:
                _contacts.Answered(node);
                break;
            case ActorIdentity { MessageId: Address address, Subject: not null }:
                _answeredElsewhere.Add(address);
                break;
            case ActorIdentity:
                break;
            case Tick:
                Look();
                TickLater();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>
    /// The seeds that are counted, the oldest first. One that is said to be down is counted until it is removed: that takes that every other
    /// member has heard of it, or is down itself. Else whoever loses two seeds one after the other is soon the most of those that are left,
    /// and the two, who hear each other, are so too.
    /// </summary>
    private IEnumerable<Member> Seeds => _members.Values
        .Where(member => member.HasRole(CoordinatorLocator.SeedRole) && member.Status != MemberStatus.Exiting && !_dead.Contains(member.UniqueAddress))
        .Order(Member.AgeOrdering);

    /// <summary>Those of them that were never up as far as this node knows come last: they have no age yet.</summary>
    private SeedSide Side(List<Member> seeds, Func<Member, bool> hears) =>
        SeedSides.Of([.. seeds.Select(hears)], seeds.Count(seed => _joining.Contains(seed.UniqueAddress)));

    private bool Hears(Member member) => IsSelf(member) || _contacts.Hears(member.UniqueAddress);

    private bool HeardSteadily(Member member) => IsSelf(member) || _contacts.HeardSteadily(member.UniqueAddress);

    private bool IsSeed(Address address) => _configuredSeeds.Contains(address) || Seeds.Any(seed => seed.Address.Equals(address));

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_membership.Self);

    /// <summary>
    /// Every question has the whole interval for its answer: the next one is set when one was asked. Akka's periodic timers make up for what
    /// they have missed, all at once, and a process that goes on would find that nobody has answered it for as long as it was stopped.
    /// </summary>
    private void TickLater() => Timers.StartSingleTimer(nameof(Tick), Tick.Instance, _settings.ProbeInterval);

    private void Look()
    {
        if (_leaving)
        {
            Leave();
            return;
        }

        Ask();
        Decide();
    }

    private void Note(Member member)
    {
        if (member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp)
            _joining.Add(member.UniqueAddress);
        else if (member.Status != MemberStatus.Down)
            _joining.Remove(member.UniqueAddress);
        _members[member.UniqueAddress] = member;
    }

    /// <summary>Seeds are asked all along; anybody else begins anew when it is unreachable again.</summary>
    private void NoteReachable(Member member)
    {
        _unreachableTicks.Remove(member.UniqueAddress);
        if (!member.HasRole(CoordinatorLocator.SeedRole))
            _contacts.Forget(member.UniqueAddress);
    }

    private void Forget(UniqueAddress node)
    {
        _members.Remove(node);
        _joining.Remove(node);
        _unreachableTicks.Remove(node);
        _dead.Remove(node);
        _contacts.Forget(node);
    }

    /// <summary>Something went wrong on the way to a member: is its process still there?</summary>
    private void Suspect(Member member)
    {
        if (IsSelf(member) || member.Status == MemberStatus.Exiting)
            return;
        if (_dead.Contains(member.UniqueAddress))
            DownDead(member);
        else if (_probing.Add(member.UniqueAddress))
            ProbeAsync(member.UniqueAddress).PipeTo(Self);
    }

    /// <summary>A process that cannot ask, for want of handles for one, learns nothing, and asks again with the next suspicion.</summary>
    private async Task<Probed> ProbeAsync(UniqueAddress node)
    {
        try
        {
            return new Probed(node, await _peers.RefusesAsync(node.Address, _ending.Token).ConfigureAwait(false), null);
        }
        catch (Exception failure)
        {
            return new Probed(node, false, failure);
        }
    }

    private void Heard(Probed probed)
    {
        _probing.Remove(probed.Node);
        if (probed.Failure is { } failure)
            _log.Warning(failure, "whether {0} is dead cannot be asked", probed.Node.Address);
        if (!probed.Dead || !_members.TryGetValue(probed.Node, out var member))
            return;
        _dead.Add(probed.Node);
        DownDead(member);
    }

    /// <summary>Said again until it is so: of two members at one address Akka takes a word for one only.</summary>
    private void DownDead(Member member)
    {
        if (member.Status is MemberStatus.Down or MemberStatus.Exiting)
            return;
        _log.Warning("{0} is down: nobody listens there any more", member.Address);
        _membership.Down(member.Address);
    }

    /// <summary>Every seed is asked; so are, by seeds, members that the cluster cannot reach; and the configured ones that are no members.</summary>
    private void Ask()
    {
        var seeds = Seeds.ToList();
        var amSeed = seeds.Exists(IsSelf);
        foreach (var member in seeds.Where(seed => !IsSelf(seed)))
            Ask(member.UniqueAddress);
        foreach (var node in _unreachableTicks.Keys.ToList())
        {
            _unreachableTicks[node]++;
            if (!_members.TryGetValue(node, out var member))
                continue;
            if (amSeed && !seeds.Contains(member))
                Ask(node);
            Suspect(member);
        }

        if (_members.ContainsKey(_membership.Self))
            LookForStrangers([.. seeds.Where(seed => seed.Status != MemberStatus.Down)]);
        else
            _contacts.ForgetStrangers();
        _answeredElsewhere.Clear();
    }

    /// <summary>
    /// A seed at a configured address is a member of another cluster: it was restarted, has forgotten this one and formed another.
    /// Where both have seeds, the cluster is that of the seed that was named first.
    /// </summary>
    private void LookForStrangers(List<Member> seeds)
    {
        var own = _configuredSeeds.TakeWhile(address => !_membership.Self.Address.Equals(address) && !seeds.Exists(seed => seed.Address.Equals(address))).Count();
        for (var i = 0; i < _configuredSeeds.Count; i++)
        {
            var address = _configuredSeeds[i];
            if (_contacts.IsStranger(address, i < own && _answeredElsewhere.Contains(address), seeds.Count > 0 ? StrangerLimits : 1))
            {
                _log.Warning("the seed {0} has formed another cluster; this node joins that", address);
                _membership.At(_membership.Self.Address, KnownMembersActor.Name).Tell(new FoundElsewhere(address), Self);
                Leave();
                return;
            }

            if (i < own)
                _membership.At(address, MemberActor.Name).Tell(new Identify(address), Self);
        }
    }

    private void Ask(UniqueAddress node)
    {
        _contacts.Asked(node);
        _membership.At(node.Address, MemberActor.NameOf(node)).Tell(new Identify(node), Self);
    }

    private void Decide()
    {
        if (IsForgotten())
        {
            _log.Warning("nobody lets this node in any more; it joins anew");
            Leave();
            return;
        }

        if (HasDouble())
        {
            _log.Warning("what this process was before it was restarted is a member too; it joins anew, when both are gone");
            Leave();
            return;
        }

        var seeds = Seeds.ToList();
        switch (Side(seeds, Hears))
        {
            case SeedSide.Without:
                _log.Error(
                    "cut off: no answer from {0}; this node stops serving and joins again when it can",
                    string.Join(", ", seeds.Where(seed => !Hears(seed)).Select(seed => seed.Address)));
                Leave();
                break;
            case SeedSide.With when seeds.Find(seed => Hears(seed) && seed.Status != MemberStatus.Down) is { } decider && IsSelf(decider)
                && Side(seeds, HeardSteadily) == SeedSide.With:
                DownUnreachable();
                break;
            default:
                break;
        }
    }

    /// <summary>Who let this node in may have died before it told the others: they do not hear whom they do not know.</summary>
    private bool IsForgotten()
    {
        var status = _members.TryGetValue(_membership.Self, out var self) ? self.Status : MemberStatus.Removed;
        _joiningTicks = status is MemberStatus.Joining or MemberStatus.WeaklyUp ? _joiningTicks + 1 : 0;
        return _joiningTicks >= (status == MemberStatus.Joining ? JoiningLimits : WeaklyUpLimits) * _settings.ProbeLimit;
    }

    /// <summary>
    /// Whether another member has this process's address: what it was before a restart, let in by somebody whom the others did not hear just then.
    /// Akka's heartbeats go to an address, so that the process answers for that one too and nobody finds it gone; gossip goes to a membership, so that
    /// it never has seen what all must have seen before anybody is let in or removed.
    /// </summary>
    private bool HasDouble() => _members.Values.Any(member => member.Address.Equals(_membership.Self.Address) && !IsSelf(member));

    private void DownUnreachable()
    {
        foreach (var (node, ticks) in _unreachableTicks)
        {
            if (!_members.TryGetValue(node, out var member) || member.Status is MemberStatus.Down or MemberStatus.Exiting)
                continue;
            if (_contacts.Hears(node) && ticks < HalfReachableLimits * _settings.ProbeLimit)
                continue;
            _log.Warning("{0} is down: {1}", node.Address, _contacts.Hears(node) ? "others have not reached it for long" : "it does not answer");
            _membership.Down(node.Address);
        }
    }

    /// <summary>
    /// Ends this membership; the process starts another (<see cref="ClusterNode"/>). Said until it has ended: as long as a former membership
    /// at this address is not removed, Akka may take the word for that one.
    /// </summary>
    private void Leave()
    {
        _leaving = true;
        _membership.Down(_membership.Self.Address);
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record Probed(UniqueAddress Node, bool Dead, Exception? Failure) : INoSerializationVerificationNeeded;
}
