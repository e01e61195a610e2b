using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Akka.Util;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>Who coordinates, as a process hears of its cluster's members.</summary>
public sealed class CoordinatorLocatorSpecs : RouterSpec
{
    private static readonly UniqueAddress s_self = At(1), s_old = At(2), s_young = At(3);
    private readonly Membership _membership;
    private readonly TestProbe _own, _oldest, _younger;
    private readonly IActorRef _locator;

    public CoordinatorLocatorSpecs()
    {
        (_own, _oldest, _younger) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _membership = new Membership(new Dictionary<Address, IActorRef>
        {
            [s_self.Address] = _own.Ref, [s_old.Address] = _oldest.Ref, [s_young.Address] = _younger.Ref,
        });
        _locator = Sys.ActorOf(CoordinatorLocator.Props(_membership));
    }

    [Fact]
    public void Should_forward_to_the_oldest_seed_when_several_are_up()
    {
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_young, 2)));
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_old, 1)));
        _locator.Tell(new GetClusterStatus());
        _oldest.ExpectMsg<GetClusterStatus>();
    }

    /// <summary>Whoever joined before counts it until it is removed; two that count otherwise would have two coordinators.</summary>
    [Theory]
    [InlineData(MemberStatus.Leaving)]
    [InlineData(MemberStatus.Exiting)]
    public void Should_forward_to_the_oldest_seed_when_the_process_joins_while_that_leaves(MemberStatus status)
    {
        var leaving = Seed(s_old, 1, status);
        _locator.Tell(status == MemberStatus.Leaving ? new ClusterEvent.MemberLeft(leaving) : new ClusterEvent.MemberExited(leaving));
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_young, 2)));
        _locator.Tell(new GetClusterStatus());
        _oldest.ExpectMsg<GetClusterStatus>();
        _locator.Tell(new ClusterEvent.MemberRemoved(Seed(s_old, 1, MemberStatus.Removed), MemberStatus.Exiting));
        _locator.Tell(new GetClusterStatus());
        _younger.ExpectMsg<GetClusterStatus>();
    }

    [Fact]
    public void Should_tell_a_subscriber_once_when_it_comes_after_the_coordinator()
    {
        _locator.Tell(new SubscribeCoordinator(TestActor));
        ExpectNoMsg(0);
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_old, 1)));
        ExpectMsg<CoordinatorChanged>();
        var late = CreateTestProbe();
        _locator.Tell(new SubscribeCoordinator(late));
        late.ExpectMsg<CoordinatorChanged>();
        _locator.Tell(new SubscribeCoordinator(late));
        _locator.Tell(new GetClusterStatus());
        _oldest.ExpectMsg<GetClusterStatus>();
        late.ExpectNoMsg(0);
        ExpectNoMsg(0);
    }

    /// <summary>Nobody says it again when it takes over.</summary>
    [Fact]
    public void Should_tell_its_own_coordinator_who_is_unreachable_when_that_stands_by()
    {
        var member = Seed(s_young, 3);
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_old, 1)));
        _locator.Tell(new ClusterEvent.MemberUp(Seed(s_self, 2)));
        _locator.Tell(new ClusterEvent.UnreachableMember(member));
        Assert.Equal(new MemberReachability(ProcessId.Of(s_young), false), _own.ExpectMsg<MemberReachability>());
        _locator.Tell(new ClusterEvent.MemberDowned(Seed(s_young, 3, MemberStatus.Down)));
        Assert.Equal(ProcessId.Of(s_young), _own.ExpectMsg<MemberDown>().Node);
    }

    private static UniqueAddress At(int machine) => new(new Address("akka.tcp", "moe", $"10.0.0.{machine}", 4053), machine);

    private static Member Seed(UniqueAddress address, int upNumber, MemberStatus status = MemberStatus.Up) =>
        Create(null, address, upNumber, status, [CoordinatorLocator.SeedRole], AppVersion.Zero);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern Member Create(
        Member? type, UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion appVersion);

    /// <summary>One whose processes have a probe each.</summary>
    private sealed class Membership(Dictionary<Address, IActorRef> processes) : IMembership
    {
        public UniqueAddress Self => s_self;

        public Task Ended { get; } = new TaskCompletionSource().Task;

        public void Subscribe(IActorRef subscriber, params Type[] events)
        {
        }

        public void Unsubscribe(IActorRef subscriber)
        {
        }

        public void OnUp(Action then)
        {
        }

        public void Form()
        {
        }

        public void Join(IReadOnlyList<Address> contacts)
        {
        }

        public void Down(Address member)
        {
        }

        public ICanTell At(Address process, string name) => processes[process];
    }
}
