using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Akka.Util;
using MoE.Router;

namespace MoE.Host.Tests;

public sealed class MembershipActorSpecs() : TestKit("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
{
    private static readonly Address s_self = new("akka.tcp", "moe", "10.0.0.2", 4053), s_seed = new("akka.tcp", "moe", "10.0.0.1", 4053);
    private static readonly MembershipSettings s_settings = new(
        TimeSpan.FromSeconds(1), 20, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), null);

    [Fact]
    public void Should_say_that_it_leaves_again_when_the_membership_goes_on()
    {
        var membership = new Membership(CreateTestProbe(), s_self);
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [s_seed], membership, new SilentPeers()));
        actor.Tell(new ThisActorSystemQuarantinedEvent(s_self, s_seed));
        membership.Downed.ExpectMsg(s_self);
        Scheduler.Advance(s_settings.ProbeInterval);
        membership.Downed.ExpectMsg(s_self);
    }

    [Fact]
    public void Should_leave_when_what_the_process_was_before_is_a_member_too()
    {
        var membership = new Membership(CreateTestProbe(), s_self);
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [], membership, new SilentPeers()));
        actor.Tell(new ClusterEvent.MemberUp(MemberOf(membership.Self)));
        actor.Tell(new ClusterEvent.MemberUp(MemberOf(new UniqueAddress(s_seed, 3))));
        Tick(actor);
        membership.Downed.ExpectNoMsg(TimeSpan.Zero);
        actor.Tell(new ClusterEvent.MemberUp(MemberOf(new UniqueAddress(s_self, 2))));
        Tick(actor);
        membership.Downed.ExpectMsg(s_self);
    }

    /// <summary>Akka takes the word for one of two members at an address.</summary>
    [Fact]
    public void Should_say_again_who_is_dead_when_it_is_not_down_yet()
    {
        var membership = new Membership(CreateTestProbe(), s_self);
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [], membership, new SilentPeers(refuses: true)));
        var (one, other) = (MemberOf(new UniqueAddress(s_seed, 3)), MemberOf(new UniqueAddress(s_seed, 4)));
        foreach (var member in new[] { one, other })
        {
            actor.Tell(new ClusterEvent.MemberUp(member));
            actor.Tell(new ClusterEvent.UnreachableMember(member));
            membership.Downed.ExpectMsg(s_seed);
        }

        actor.Tell(new ClusterEvent.MemberDowned(MemberOf(other.UniqueAddress, MemberStatus.Down)));
        Tick(actor);
        membership.Downed.ExpectMsg(s_seed);
        actor.Tell(new ClusterEvent.MemberDowned(MemberOf(one.UniqueAddress, MemberStatus.Down)));
        Tick(actor);
        membership.Downed.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Should_ask_again_whether_a_member_is_dead_when_asking_failed()
    {
        var membership = new Membership(CreateTestProbe(), s_self);
        var peers = new FailingPeers();
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [], membership, peers));
        var member = MemberOf(new UniqueAddress(s_seed, 3));
        EventFilter.Warning(contains: "cannot be asked").ExpectOne(() =>
        {
            actor.Tell(new ClusterEvent.MemberUp(member));
            actor.Tell(new ClusterEvent.UnreachableMember(member));
        });
        Tick(actor);
        membership.Downed.ExpectMsg(s_seed);
    }

    /// <summary>Who is no seed is asked only while it is unreachable, so that nothing but a new beginning ends a row.</summary>
    [Fact]
    public void Should_ask_as_often_as_before_when_a_member_is_unreachable_again()
    {
        var membership = new Membership(CreateTestProbe(), s_self);
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [], membership, new SilentPeers()));
        var node = MemberOf(new UniqueAddress(s_seed, 2));
        actor.Tell(new ClusterEvent.MemberUp(MemberOf(membership.Self, roles: CoordinatorLocator.SeedRole)));
        actor.Tell(new ClusterEvent.MemberUp(node));
        actor.Tell(new ClusterEvent.UnreachableMember(node));
        for (var i = 1; i < s_settings.ProbeLimit; i++)
            Tick(actor);
        actor.Tell(new ClusterEvent.ReachableMember(node));
        actor.Tell(new ClusterEvent.UnreachableMember(node));
        for (var i = 1; i < s_settings.ProbeLimit; i++)
            Tick(actor);
        membership.Downed.ExpectNoMsg(TimeSpan.Zero);
        Tick(actor);
        membership.Downed.ExpectMsg(node.Address);
    }

    /// <summary>As the operating system stops a process in the midst of a question, and Akka's wheel then makes up for every tick.</summary>
    [Fact]
    public void Should_stay_when_the_ticks_that_it_was_stopped_for_come_at_once()
    {
        using var stopped = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var membership = new Membership(CreateTestProbe(), s_self)
        {
            Asking = () =>
            {
                stopped.Set();
                goesOn.Wait();
            },
        };
        var actor = Sys.ActorOf(MembershipActor.Props(s_settings, [s_seed], membership, new SilentPeers()));
        actor.Tell(new ClusterEvent.MemberUp(MemberOf(new UniqueAddress(s_seed, 2), roles: CoordinatorLocator.SeedRole)));
        Settle(actor);
        Scheduler.Advance(s_settings.ProbeInterval);
        Assert.True(stopped.Wait(RemainingOrDefault));
        for (var i = 0; i < 2 * s_settings.ProbeLimit; i++)
            Scheduler.Advance(s_settings.ProbeInterval);
        goesOn.Set();
        Settle(actor);
        membership.Downed.ExpectNoMsg(TimeSpan.Zero);
    }

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    /// <summary>Returns when the actor has done what it was told until now.</summary>
    private void Settle(IActorRef actor)
    {
        actor.Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    /// <summary>Lets the actor do what it was told, then what a tick makes it do.</summary>
    private void Tick(IActorRef actor)
    {
        Settle(actor);
        Scheduler.Advance(s_settings.ProbeInterval);
        Settle(actor);
    }

    private static Member MemberOf(UniqueAddress address, MemberStatus status = MemberStatus.Up, params string[] roles) =>
        Create(null, address, 1, status, [.. roles], AppVersion.Zero);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern Member Create(
        Member? type, UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion appVersion);

    /// <summary>One that only notes who is said to be down.</summary>
    private sealed class Membership(TestProbe downed, Address self) : IMembership
    {
        public Action Asking { get; init; } = () => { };

        public TestProbe Downed => downed;

        public UniqueAddress Self { get; } = new(self, 1);

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

        public void Down(Address member) => downed.Ref.Tell(member);

        public ICanTell At(Address process, string name)
        {
            Asking();
            return ActorRefs.Nobody;
        }
    }

    private sealed class SilentPeers(bool refuses = false) : IPeers
    {
        public Task<bool> RefusesAsync(Address process, CancellationToken cancellation) => Task.FromResult(refuses);

        public Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation) => Task.FromResult<bool?>(null);
    }

    /// <summary>Their first question fails as where a process has no handle left; then the machine says that nobody listens.</summary>
    private sealed class FailingPeers : IPeers
    {
        private int _questions;

        public Task<bool> RefusesAsync(Address process, CancellationToken cancellation) =>
            _questions++ == 0 ? throw new IOException("Too many open files") : Task.FromResult(true);

        public Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation) => Task.FromResult<bool?>(null);
    }
}
