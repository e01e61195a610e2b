using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Forwards to the placement coordinator on the cluster's seed: the one place that knows where it is. Sends
/// <see cref="CoordinatorChanged"/> to its subscribers when another process takes the role, and the failure detector's
/// opinions to the coordinator of its own process.
/// </summary>
public sealed class CoordinatorLocator : UntypedActor
{
    /// <summary>The role that carries the coordinator.</summary>
    public const string SeedRole = "seed";

    /// <summary>The coordinator's name under <c>/user</c>.</summary>
    public const string CoordinatorName = "placement";

    /// <summary>The name of the weights' catalog, beside the coordinator.</summary>
    public const string CatalogName = "weights";

    private readonly IMembership _membership;
    private readonly HashSet<IActorRef> _subscribers = [];
    private readonly SortedSet<Member> _seeds = new(Member.AgeOrdering);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private UniqueAddress? _current;

    public CoordinatorLocator(IMembership membership) => _membership = membership;

    /// <param name="membership">The process's.</param>
    public static Props Props(IMembership membership) => Akka.Actor.Props.Create(() => new CoordinatorLocator(membership));

    protected override void PreStart() =>
        _membership.Subscribe(Self, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

    protected override void PostStop() => _membership.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved:
                // Who is down is so by decision: its experts are lost, long before its removal is agreed on.
                Remove(((ClusterEvent.IMemberEvent)message).Member);
                break;
            case ClusterEvent.IMemberEvent { Member.Status: MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting } changed:
                // Whoever comes late hears of a seed that leaves for the first time, and it coordinates until it is gone.
                Add(changed.Member);
                break;
            case ClusterEvent.IMemberEvent:
                break;
            case ClusterEvent.UnreachableMember unreachable:
                TellOwnCoordinator(new MemberReachability(ProcessId.Of(unreachable.Member.UniqueAddress), false));
                break;
            case ClusterEvent.ReachableMember reachable:
                TellOwnCoordinator(new MemberReachability(ProcessId.Of(reachable.Member.UniqueAddress), true));
                break;
            case SubscribeCoordinator subscribe:
                Add(subscribe.Subscriber);
                break;
            case IWeightsMessage when _current is { } current:
                _membership.At(current.Address, CatalogName).Tell(message, Sender);
                break;
            case IWireMessage when _current is { } current:
                _membership.At(current.Address, CoordinatorName).Tell(message, Sender);
                break;
            case IWireMessage:
                // No seed is up yet; registrations are repeated until they are answered.
                _log.Debug("no coordinator yet for {0}", message.GetType().Name);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Add(Member member)
    {
        if (!member.HasRole(SeedRole))
            return;
        _seeds.Add(member);
        Follow();
    }

    /// <summary>It may have been accepted by one that is none any more: the change was told before it subscribed.</summary>
    private void Add(IActorRef subscriber)
    {
        if (_subscribers.Add(subscriber) && _current is not null)
            subscriber.Tell(CoordinatorChanged.Instance);
    }

    private void Remove(Member member)
    {
        _seeds.RemoveWhere(seed => seed.UniqueAddress.Equals(member.UniqueAddress));
        Follow();
        TellOwnCoordinator(new MemberDown(ProcessId.Of(member.UniqueAddress)));
    }

    private void Follow()
    {
        var oldest = _seeds.FirstOrDefault()?.UniqueAddress;
        if (Equals(oldest, _current))
            return;
        _current = oldest;
        if (oldest is null)
            return;
        _log.Info("the placement coordinator is on {0}", oldest.Address);
        foreach (var subscriber in _subscribers)
            subscriber.Tell(CoordinatorChanged.Instance);
    }

    /// <summary>Also where it only stands by: nobody says it again once it takes over.</summary>
    private void TellOwnCoordinator(object news) => _membership.At(_membership.Self.Address, CoordinatorName).Tell(news, Self);
}

/// <summary>A member's actor → <see cref="CoordinatorLocator"/>: tell this actor when the coordinator changes. Local.</summary>
public sealed record SubscribeCoordinator(IActorRef Subscriber) : INoSerializationVerificationNeeded;
