using Akka.Actor;
using MoE.ExpertActors;
using MoE.Kernels;
using MoE.Lane;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>The expert part of a process: the node's actor, and the lane that others reach it by.</summary>
internal static class ExpertRole
{
    /// <summary>Starts an expert node with a lane of its own; the lane's port is known before the node registers.</summary>
    /// <param name="node">The process.</param>
    /// <param name="listener">Gets the node's news.</param>
    /// <exception cref="Akka.Configuration.ConfigurationException">A value is out of its range.</exception>
    public static IActorRef Start(ClusterNode node, IActorRef listener)
    {
        var settings = ExpertNodeSettings.Read(node.Core.Config);
        return node.System.ActorOf(
            ExpertRoleActor.Props(new ExpertRoleOptions
            {
                Node = node.Id,
                Locator = node.Locator,
                Listener = listener,
                AskInterval = WeightsSettings.Read(node.Core.Config).RetryInterval,
                KnowsModel = () => node.Core.Experts is not null,
                Learn = outline => node.Core.Learn(OutlinedModel.Open(outline)),
                Lane = owner => LaneListenerActor.Props(node.Lane, node.LaneIdentity, owner, node.Pool).WithDispatcher(SenderThreadDispatcher.ConfigPath),
                Experts = listening => Experts(node, listener, settings, listening),
                Serve = () => WeightsRole.Serve(node),
            }).WithDispatcher(SenderThreadDispatcher.ConfigPath),
            "expert");
    }

    private static Props Experts(ClusterNode node, IActorRef listener, ExpertNodeSettings settings, LaneListening listening)
    {
        var registration = new NodeRegistration(
            node.Id, listening.Host, listening.Port, node.Experts.Hash, WireVersion.Current, node.Policy,
            node.Settings.MemoryBudgetBytes, node.Settings.Threads);
        return ExpertNodeActor.Props(
                registration, node.Experts, node.Pool, node.Locator, listener, settings, WeightsRole.Fetcher(node, listener))
            .WithDispatcher(SenderThreadDispatcher.ConfigPath);
    }
}
