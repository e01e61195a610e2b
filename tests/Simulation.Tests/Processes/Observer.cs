using Akka.Actor;
using MoE.ExpertActors;
using MoE.Host;

namespace MoE.Simulation.Tests;

/// <summary>What a node's host does with the node's news: ends the process once it is drained.</summary>
internal sealed class Observer(World world, ModelledMembership membership) : UntypedActor
{
    public static Props Props(World world, ModelledMembership membership) => Akka.Actor.Props.Create(() => new Observer(world, membership));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ExpertNodeStarted started:
                Context.Watch(started.Actor);
                break;
            case Terminated terminated:
                world.Control.Stopped(membership, terminated.ActorRef);
                break;
            case ExpertNodeDrained:
                world.Loop.After(world.Loop.Between(1, 200), () => membership.Process.Run(membership.Process.Leave));
                break;
            case ExpertNodeRefused refused:
                throw new SimulationException($"{membership} was refused: {refused.Message}");
            case ExpertNodeStateChanged or ExpertNodeLoading:
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
