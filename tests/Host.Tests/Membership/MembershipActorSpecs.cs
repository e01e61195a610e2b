using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
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
        ((TestScheduler)Sys.Scheduler).Advance(s_settings.ProbeInterval);
        membership.Downed.ExpectMsg(s_self);
    }

    /// <summary>One that only notes who is said to be down.</summary>
    private sealed class Membership(TestProbe downed, Address self) : IMembership
    {
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

        public ICanTell At(Address process, string name) => ActorRefs.Nobody;
    }

    private sealed class SilentPeers : IPeers
    {
        public Task<bool> RefusesAsync(Address process, CancellationToken cancellation) => Task.FromResult(false);

        public Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation) => Task.FromResult<bool?>(null);
    }
}
