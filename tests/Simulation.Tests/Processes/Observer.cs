using Akka.Actor;
using MoE.ExpertActors;

namespace MoE.Simulation.Tests;

/// <summary>What a node's host does with the node's news: ends the process once it is drained.</summary>
internal sealed class Observer(World world, SimulatedProcess process) : UntypedActor
{
    public static Props Props(World world, SimulatedProcess process) => Akka.Actor.Props.Create(() => new Observer(world, process));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Observe observe:
                Context.Watch(observe.Actor);
                break;
            case Terminated terminated:
                world.Control.Stopped(process, terminated.ActorRef);
                break;
            case ExpertNodeDrained:
                world.Loop.After(world.Loop.Between(1, 200), () =>
                {
                    if (process.Alive)
                        world.Exit(process);
                });
                break;
            case ExpertNodeRefused refused:
                throw new SimulationException($"{process} was refused: {refused.Message}");
            case ExpertNodeStateChanged or ExpertNodeLoading:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    internal sealed record Observe(IActorRef Actor) : INoSerializationVerificationNeeded;
}
