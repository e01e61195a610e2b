using Akka.Actor;
using MoE.Kernels;
using MoE.Router;

namespace MoE.Host;

/// <summary>The seed's part: owns the placement, and says what the model is and who has its weights.</summary>
internal static class CoordinatorRole
{
    public static void Start(ClusterNode node)
    {
        node.System.ActorOf(WeightsCatalog.Props(node.Source), CoordinatorLocator.CatalogName);
        node.System.ActorOf(
            PlacementCoordinator.Props(
                new CoordinatorIdentity(node.Source.Hash, node.Policy, node.Settings.KvCacheType.Name()),
                PlacementModel.Of(node.Source),
                CoordinatorSettings.Read(node.System.Settings.Config)),
            CoordinatorLocator.CoordinatorName);
    }
}
