using Akka.Actor;
using MoE.ExpertActors;
using MoE.Host;
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
        world.Start(membership, CoordinatorLocator.CatalogName, WeightsCatalog.Props(model));
        world.Start(membership, CoordinatorLocator.CoordinatorName, PlacementCoordinator.Props(
            new CoordinatorIdentity(model.Hash, NumericPolicy.Current, "f32"), PlacementModel.Of(model), world.Settings.Coordinator));
    }

    public static void StartExperts(World world, ModelledMembership membership, IActorRef locator)
    {
        var (process, machine) = (membership.Process, membership.Process.Machine);
        var observer = world.Start(membership, "observer", Observer.Props(world, membership));
        membership.ExpertRole = world.Start(membership, "expert", ExpertRoleActor.Props(new ExpertRoleOptions
        {
            Node = membership.Id,
            Locator = locator,
            Listener = observer,
            AskInterval = world.Settings.AskModel,
            KnowsModel = () => process.KnowsModel,
            Learn = process.Learn,
            Lane = owner => LaneStart.Props(world, membership, owner),
            Experts = listening => ExpertNodeActor.Props(
                new NodeRegistration(
                    membership.Id, listening.Host, listening.Port, process.Model.Hash, WireVersion.Current, NumericPolicy.Current, machine.Budget, machine.Threads),
                process.Model, process.Queue, locator, observer, world.Settings.Node),
            Serve = () => { },
        }));
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
