using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>An actor by its name at an address, whoever listens there when something is told.</summary>
internal sealed class NamedActor(World world, ModelledMembership from, Address address, string name) : ICanTell
{
    public void Tell(object message, IActorRef sender)
    {
        if (address.Equals(from.Self.Address))
        {
            if (from.Actors.TryGetValue(name, out var own))
                own.Tell(message, sender);
            return;
        }

        // A connection is made to whoever listens when the message is sent. Without one, Akka answers Identify on this side.
        var listening = world.ListeningAt(address);
        if (message is Identify asked && !world.Cables.CanAsk(from, listening) && !sender.IsNobody())
            sender.Tell(new ActorIdentity(asked.MessageId, null), ActorRefs.NoSender);
        if (listening is not null)
            world.Control.Send(from, listening, () => listening.Actors.GetValueOrDefault(name), message, sender);
    }
}
