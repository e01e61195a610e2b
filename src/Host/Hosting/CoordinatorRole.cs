using Akka;
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
        var coordinator = node.System.ActorOf(
            PlacementCoordinator.Props(
                new CoordinatorIdentity(node.Source.Hash, node.Policy, node.Settings.KvCacheType.Name()),
                PlacementModel.Of(node.Source),
                CoordinatorSettings.Read(node.System.Settings.Config)),
            CoordinatorLocator.CoordinatorName);

        // It would see everybody go when its membership ends, though it is this process that goes.
        var shutdown = CoordinatedShutdown.Get(node.System);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterExiting, "stop-coordinator", async () =>
        {
            await coordinator.GracefulStop(shutdown.Timeout(CoordinatedShutdown.PhaseClusterExiting)).ConfigureAwait(false);
            return Done.Instance;
        });
    }
}
