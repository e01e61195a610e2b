using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MoE.Router;

namespace MoE.Host;

/// <summary>Keeps <see cref="KnownMembers"/> as the membership is. What was known when the membership ended stays.</summary>
internal sealed class KnownMembersActor : UntypedActor
{
    /// <summary>Its name under <c>/user</c>.</summary>
    public const string Name = "members";

    private readonly KnownMembers _known;
    private readonly IMembership _membership;
    private readonly HashSet<Address> _members = [];
    private readonly HashSet<Member> _seeds = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _ended;

    public KnownMembersActor(KnownMembers known, IMembership membership)
    {
        _known = known;
        _membership = membership;
    }

    /// <param name="known">Written to.</param>
    /// <param name="membership">The process's.</param>
    public static Props Props(KnownMembers known, IMembership membership) =>
        Akka.Actor.Props.Create(() => new KnownMembersActor(known, membership));

    protected override void PreStart() => _membership.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop() => _membership.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        NoteSeed(message);
        switch (message)
        {
            case ClusterEvent.MemberUp up when !IsSelf(up.Member):
                Change(_members.Add(up.Member.Address));
                break;
            case ClusterEvent.MemberRemoved removed when !IsSelf(removed.Member):
                Change(_members.Remove(removed.Member.Address));
                break;
            case ClusterEvent.IMemberEvent changed when IsSelf(changed.Member):
                // Whoever leaves or is downed sees the others go; they are still there.
                _ended = changed.Member.Status is not (MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up);
                break;
            case ClusterEvent.IMemberEvent:
                break;
            case FoundElsewhere found:
                _known.Find([found.Seed]);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_membership.Self);

    /// <summary>One that is only joining counts: it may come up, and decide, when this process hears of nothing any more.</summary>
    private void NoteSeed(object message)
    {
        if (message is not ClusterEvent.IMemberEvent { Member: var member } || !member.HasRole(CoordinatorLocator.SeedRole))
            return;
        _seeds.Remove(member);
        if (message is not ClusterEvent.MemberRemoved)
            _seeds.Add(member);
        if (!_ended)
            _known.Seeds = [.. _seeds.Order(Member.AgeOrdering).Select(member => member.Address)];
    }

    private void Change(bool changed)
    {
        if (changed && !_ended && _known.Set(_members) is { } error)
            _log.Warning("the members are not remembered (moe.membership.members-file): {0}", error);
    }
}

/// <summary><see cref="MembershipActor"/> → <see cref="KnownMembersActor"/> of the same process: the next membership is in this seed's cluster. Local.</summary>
internal sealed record FoundElsewhere(Address Seed) : INoSerializationVerificationNeeded;
