using Akka.Actor;
using MoE.Lane;

namespace MoE.Simulation.Tests;

/// <summary>A process begins to listen for lanes, after a while.</summary>
internal sealed class LaneStart(World world, ModelledMembership membership, IActorRef owner) : UntypedActor
{
    public static Props Props(World world, ModelledMembership membership, IActorRef owner) =>
        Akka.Actor.Props.Create(() => new LaneStart(world, membership, owner));

    protected override void PreStart() => world.Loop.After(world.Loop.Between(0.1, 100), () => membership.Process.Run(() =>
    {
        if (!membership.Listens)
            return;
        membership.Experts = owner;
        owner.Tell(new LaneListening(membership.Self.Address.Host, membership.Process.Machine.Index), ActorRefs.NoSender);
    }));

    protected override void OnReceive(object message) => Unhandled(message);
}
