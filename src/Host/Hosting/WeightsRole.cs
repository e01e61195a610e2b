using Akka.Actor;
using MoE.ExpertActors;

namespace MoE.Host;

/// <summary>A process's part in moving weights: gives others what it has, and has its own experts fetched where it has no model file.</summary>
internal static class WeightsRole
{
    /// <summary>Lets others fetch from here, from the model's files or from the cache, unless the configuration forbids it. Once a membership.</summary>
    public static void Serve(ClusterNode node)
    {
        var settings = WeightsSettings.Read(node.Core.Config);
        if (!settings.Serve)
            return;
        IExpertStore store = node.Core.HasFile ? new ModelExpertStore(node.Source) : Cache(node, settings);
        node.System.ActorOf(WeightsServer.Props(store, node.Lane, node.LaneIdentity, node.Locator, settings), "weights-server");
    }

    /// <summary>What brings the node's experts and lets others fetch them too, or null where the process has a model file.</summary>
    /// <param name="node">The process; what the model is has been heard.</param>
    /// <param name="listener">Gets the node's news.</param>
    public static Props? Fetcher(ClusterNode node, IActorRef listener)
    {
        if (node.Core.Fetched is not { } experts)
            return null;
        var settings = WeightsSettings.Read(node.Core.Config);
        return WeightsFetcher.Props(new WeightsFetcherOptions
        {
            Node = node.Id,
            Experts = experts,
            Cache = Cache(node, settings),
            Catalog = node.Locator,
            Listener = listener,
            Settings = settings,
            Dial = WeightsFetcherOptions.DialTcp(node.Lane, node.LaneIdentity),
        });
    }

    private static ExpertCache Cache(ClusterNode node, WeightsSettings settings) =>
        new(node.Settings.WeightsCache, node.Experts.Hash, settings.CacheBytes, TimeProvider.System);
}
