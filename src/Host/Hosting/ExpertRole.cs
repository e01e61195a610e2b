using Akka.Actor;
using MoE.ExpertActors;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
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
/// Asks what the model is where the process has no file of it, binds the lane, then starts the expert node with the port it got, and
/// hands the lane's frames to it. States: asking → binding → running.
/// </summary>
internal sealed class ExpertRoleActor : UntypedActor, IWithTimers
{
    private readonly ClusterNode _node;
    private readonly IActorRef _listener;
    private IActorRef? _experts;

    public ExpertRoleActor(ClusterNode node, IActorRef listener)
    {
        _node = node;
        _listener = listener;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ClusterNode node, IActorRef listener) =>
        Akka.Actor.Props.Create(() => new ExpertRoleActor(node, listener));

    protected override void PreStart()
    {
        if (_node.Core.Experts is null)
            Timers.StartPeriodicTimer(nameof(AskModel), AskModel.Instance, TimeSpan.Zero, WeightsSettings.Read(_node.Core.Config).RetryInterval);
        else
            Bind();
    }

    private void Bind() =>
        Context.ActorOf(LaneListenerActor.Props(_node.Lane, _node.LaneIdentity, Self, _node.Pool).WithDispatcher(Context.Props.Dispatcher), "lane");

    /// <summary>An address that cannot be had is for people to see to. Else neither the lane nor the node can be restarted on its own: the membership ends.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        if (exception is not ActorInitializationException { InnerException: IOException failure })
            return Directive.Escalate;
        _listener.Tell(new ExpertLaneFailed(failure.Message));
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AskModel when _node.Core.Experts is null:
                _node.Locator.Tell(new GetModelOutline(_node.Id, WireVersion.Current));
                break;
            case ModelOutline outline when _node.Core.Experts is null:
                Learn(outline);
                break;
            case AskModel or ModelOutline:
                break;
            case RegistrationRefused refused:
                Timers.Cancel(nameof(AskModel));
                _listener.Tell(new ExpertNodeRefused(refused.Reason, refused.Message));
                break;
            case Drain when _experts is null:
                // No cluster knows the node yet.
                _listener.Tell(ExpertNodeDrained.Instance);
                break;
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

    private void Learn(ModelOutline outline)
    {
        Timers.Cancel(nameof(AskModel));
        try
        {
            _node.Core.Learn(OutlinedModel.Open(outline));
        }
        catch (ModelFormatException e)
        {
            _listener.Tell(new ExpertNodeRefused(RefusalReason.BadRegistration, e.Message));
            return;
        }

        Bind();
    }

    private void StartExperts(LaneListening listening)
    {
        var registration = new NodeRegistration(
            _node.Id, listening.Host, listening.Port, _node.Experts.Hash, WireVersion.Current, _node.Policy,
            _node.Settings.MemoryBudgetBytes, _node.Settings.Threads);
        var settings = ExpertNodeSettings.Read(Context.System.Settings.Config);
        _experts = Context.ActorOf(
            ExpertNodeActor.Props(
                    registration, _node.Experts, _node.Pool, _node.Locator, _listener, settings, WeightsRole.Fetcher(_node, _listener))
                .WithDispatcher(SenderThreadDispatcher.ConfigPath),
            "node");
        _node.Locator.Tell(new SubscribeCoordinator(_experts));
        WeightsRole.Serve(_node);
        _listener.Tell(new ExpertNodeStarted(_node.Id, _experts));
    }

    private sealed record AskModel : INoSerializationVerificationNeeded
    {
        public static AskModel Instance { get; } = new();
    }
}

/// <summary>The expert part → its listener: the node's actor runs. Local.</summary>
internal sealed record ExpertNodeStarted(NodeId Node, IActorRef Actor) : INoSerializationVerificationNeeded;

/// <summary>The expert part → its listener: the lane cannot listen, so that the part serves nothing. Local.</summary>
internal sealed record ExpertLaneFailed(string Message) : INoSerializationVerificationNeeded;
