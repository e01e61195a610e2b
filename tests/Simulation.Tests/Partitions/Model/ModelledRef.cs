using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>An actor of another process: what it is told crosses the network.</summary>
/// <param name="world">The simulation.</param>
/// <param name="from">Who tells.</param>
/// <param name="to">The membership that the actor belongs to, at the time of arrival; null for none.</param>
/// <param name="actor">The actor, or null where there is none.</param>
internal sealed class ModelledRef(
    PartitionWorld world, ModelledMembership from, Func<ModelledMembership?> to, Func<ModelledMembership, IActorRef?> actor) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(from.Self.Address) / "remote";

    public override IActorRefProvider Provider { get; } = ((ExtendedActorSystem)world.System).Provider;

    /// <summary>Whose actor it is now.</summary>
    public ModelledMembership? Owner => to();

    protected override void TellInternal(object message, IActorRef sender)
    {
        // A connection is made to whoever listens when the message is sent. Without one, Akka answers Identify on this side.
        var listening = to();
        if (!world.CanAsk(from, listening) && message is Identify asked && !sender.IsNobody())
            sender.Tell(new ActorIdentity(asked.MessageId, null), ActorRefs.NoSender);
        if (listening is null)
            return;
        world.Send(from, listening, () =>
        {
            var reply = sender.IsNobody() ? ActorRefs.NoSender : new ModelledRef(world, listening, () => from, _ => sender);
            if (actor(listening) is { } there)
                there.Tell(message, reply);
            else if (message is Identify identify)
                reply?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
        });
    }
}
