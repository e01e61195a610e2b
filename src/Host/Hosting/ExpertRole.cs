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
    public static IActorRef Start(ClusterNode node, IActorRef listener) =>
        node.System.ActorOf(ExpertRoleActor.Props(node, listener).WithDispatcher(SenderThreadDispatcher.ConfigPath), "expert");
}

/// <summary>
/// Binds the lane, then starts the expert node with the port it got, and hands the lane's frames to it. States: binding →
/// running.
/// </summary>
internal sealed class ExpertRoleActor : UntypedActor
{
    private readonly ClusterNode _node;
    private readonly IActorRef _listener;
    private IActorRef? _experts;

    public ExpertRoleActor(ClusterNode node, IActorRef listener)
    {
        _node = node;
        _listener = listener;
    }

    public static Props Props(ClusterNode node, IActorRef listener) =>
        Akka.Actor.Props.Create(() => new ExpertRoleActor(node, listener));

    protected override void PreStart() =>
        Context.ActorOf(LaneListenerActor.Props(_node.Lane, _node.LaneIdentity, Self).WithDispatcher(Context.Props.Dispatcher), "lane");

    /// <summary>Neither the lane nor the node can be restarted on its own: the process reports and ends.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LaneListening listening when _experts is null:
                StartExperts(listening);
                break;
            case LaneOpened or LaneClosed:
                break;
            case LaneFrame or Drain when _experts is not null:
                _experts.Forward(message);
                break;
            case LaneFrame frame:
                frame.Dispose();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void StartExperts(LaneListening listening)
    {
        var registration = new NodeRegistration(
            _node.Id, listening.Host, listening.Port, _node.Source.Hash, WireVersion.Current, _node.Policy,
            _node.Settings.MemoryBudgetBytes, _node.Settings.Threads);
        var settings = ExpertNodeSettings.Read(Context.System.Settings.Config);
        _experts = Context.ActorOf(
            ExpertNodeActor.Props(registration, _node.Source, _node.Pool, _node.Locator, _listener, settings)
                .WithDispatcher(SenderThreadDispatcher.ConfigPath),
            "node");
        _node.Locator.Tell(new SubscribeCoordinator(_experts));
        _listener.Tell(new ExpertNodeStarted(_node.Id, _experts));
    }
}

/// <summary>The expert part → its listener: the node's actor runs. Local.</summary>
internal sealed record ExpertNodeStarted(NodeId Node, IActorRef Actor) : INoSerializationVerificationNeeded;
