using Akka.Actor;
using Akka.Event;

namespace MoE.Protocol;

/// <summary>
/// Disposes the messages that nobody gets: an actor may stop before one reaches it, or while some wait, or not know it, and whoever sends
/// cannot tell. Hears of dead letters on the thread that sends them, not as an actor would: so also while the system stops, and after, as
/// the process may live on with what such a message owns.
/// </summary>
public sealed class AbandonedMessages : MinimalActorRef, IExtension
{
    private AbandonedMessages(IActorRefProvider provider)
    {
        Provider = provider;
        Path = provider.TempPath();
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    /// <summary>From now on there are none in an actor system: whoever makes one says so, once for all its actors. Idempotent.</summary>
    public static void DisposeIn(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        system.RegisterExtension(Id.Instance);
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is AllDeadLetters { Message: IOwningMessage abandoned })
            abandoned.Dispose();
    }

    private sealed class Id : ExtensionIdProvider<AbandonedMessages>
    {
        public static readonly Id Instance = new();

        public override AbandonedMessages CreateExtension(ExtendedActorSystem system)
        {
            var messages = new AbandonedMessages(system.Provider);
            system.EventStream.Subscribe(messages, typeof(AllDeadLetters));
            return messages;
        }
    }
}
