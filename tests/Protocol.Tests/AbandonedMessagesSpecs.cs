using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace MoE.Protocol.Tests;

public sealed class AbandonedMessagesSpecs : TestKit
{
    public AbandonedMessagesSpecs()
    {
        // Twice is as once.
        AbandonedMessages.DisposeIn(Sys);
        AbandonedMessages.DisposeIn(Sys);
    }

    [Fact]
    public void Should_dispose_once_when_the_receiver_has_stopped()
    {
        var message = new Owning();
        Stopped().Tell(message);
        Assert.Equal(1, message.Disposals);
    }

    [Fact]
    public void Should_dispose_once_when_the_receiver_stops_with_it_in_its_mailbox()
    {
        var message = new Owning();
        var actor = Watch(Sys.ActorOf(Props.Create(() => new StopsFirst())));
        actor.Tell(new StopWith(message));
        ExpectTerminated(actor);
        AwaitAssert(() => Assert.Equal(1, message.Disposals));
    }

    [Fact]
    public void Should_dispose_once_when_the_receiver_does_not_know_it()
    {
        var message = new Owning();
        var actor = Watch(Sys.ActorOf(Props.Create(() => new StopsFirst())));
        actor.Tell(message);
        actor.Tell(PoisonPill.Instance);
        ExpectTerminated(actor);
        Assert.Equal(1, message.Disposals);
    }

    /// <summary>A process that lost its cluster joins anew with another system; what was computed for the former one goes nowhere.</summary>
    [Fact]
    public async Task Should_dispose_once_when_the_system_has_ended()
    {
        var message = new Owning();
        var actor = Stopped();
        await Sys.Terminate();
        actor.Tell(message);
        Assert.Equal(1, message.Disposals);
    }

    private IActorRef Stopped()
    {
        var actor = Watch(Sys.ActorOf(Props.Create(() => new StopsFirst())));
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return actor;
    }

    private sealed class Owning : IOwningMessage
    {
        private int _disposals;

        public int Disposals => Volatile.Read(ref _disposals);

        public void Dispose() => Interlocked.Increment(ref _disposals);
    }

    private sealed record StopWith(Owning Message) : INoSerializationVerificationNeeded;

    private sealed class StopsFirst : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is StopWith stop)
            {
                Self.Tell(stop.Message);
                Context.Stop(Self);
                return;
            }

            Unhandled(message);
        }
    }
}
