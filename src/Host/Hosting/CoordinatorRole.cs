using Akka.Actor;
using MoE.Router;

namespace MoE.Host;

/// <summary>The seed's part: owns the placement.</summary>
internal static class CoordinatorRole
{
    public static IActorRef Start(ClusterNode node) => node.System.ActorOf(
        PlacementCoordinator.Props(
            new CoordinatorIdentity(node.Source.Hash, node.Policy),
            PlacementModel.Of(node.Source),
            CoordinatorSettings.Read(node.System.Settings.Config)),
        CoordinatorLocator.CoordinatorName);
}
