using Akka.Actor;
using MoE.ExpertActors;
using MoE.Kernels;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>Starts the product's actors of a role in a membership, as the host's roles do.</summary>
internal static class Roles
{
    public static void StartCoordinator(World world, ModelledMembership membership)
    {
        var model = membership.Process.Model;
        world.Start(membership, CoordinatorLocator.CoordinatorName, PlacementCoordinator.Props(
            new CoordinatorIdentity(model.Hash, NumericPolicy.Current, "f32"), PlacementModel.Of(model), world.Settings.Coordinator));
    }

    public static void StartExperts(World world, ModelledMembership membership, IActorRef locator)
    {
        var (process, machine) = (membership.Process, membership.Process.Machine);
        var registration = new NodeRegistration(
            membership.Id, machine.Address.Host, machine.Index, process.Model.Hash, WireVersion.Current, NumericPolicy.Current, machine.Budget, machine.Threads);
        var observer = world.Start(membership, "observer", Observer.Props(world, membership));
        membership.Experts = world.Start(membership, "node", ExpertNodeActor.Props(
            registration, process.Model, process.Queue, locator, observer, world.Settings.Node));
        observer.Tell(new Observer.Observe(membership.Experts), ActorRefs.NoSender);
        locator.Tell(new SubscribeCoordinator(membership.Experts), ActorRefs.NoSender);
    }

    /// <returns>The front's gating actor and dispatcher.</returns>
    public static (IActorRef Gating, IActorRef Dispatcher) StartFront(World world, ModelledMembership membership, IActorRef locator, FrontReadiness readiness)
    {
        var gating = world.Start(membership, "gating", Gating.GatingActor.Props(SimulatedModel.Gates, SimulatedModel.Pool));
        var dispatcher = world.Start(membership, "dispatcher", TokenDispatcher.Props(new TokenDispatcherOptions
        {
            Front = membership.Id,
            NumExperts = SimulatedModel.NumExperts,
            Pool = SimulatedModel.Pool,
            Settings = world.Settings.Dispatch,
            Readiness = readiness,
            Dial = world.Lanes.DialFrom(membership),
        }));
        var front = world.Start(membership, "front", FrontActor.Props(
            new RegisterFront(membership.Id, membership.Process.Model.Hash, WireVersion.Current, NumericPolicy.Current, "f32", ExpertPlacement.Empty),
            locator, dispatcher, gating, ActorRefs.Nobody, world.Settings.Front));
        locator.Tell(new SubscribeCoordinator(front), ActorRefs.NoSender);
        return (gating, dispatcher);
    }
}
