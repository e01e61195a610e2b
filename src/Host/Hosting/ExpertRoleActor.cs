using Akka.Actor;
using MoE.ExpertActors;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// Asks what the model is where the process has no file of it, binds the lane, then starts the expert node with the port it got, and
/// hands the lane's frames to it. States: asking → binding → running.
/// </summary>
internal sealed class ExpertRoleActor : UntypedActor, IWithTimers
{
    private readonly ExpertRoleOptions _options;
    private IActorRef? _experts;

    public ExpertRoleActor(ExpertRoleOptions options) => _options = options;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="options">What the part works with.</param>
    public static Props Props(ExpertRoleOptions options) => Akka.Actor.Props.Create(() => new ExpertRoleActor(options));

    protected override void PreStart()
    {
        if (_options.KnowsModel())
            Bind();
        else
            Timers.StartPeriodicTimer(nameof(AskModel), AskModel.Instance, TimeSpan.Zero, _options.AskInterval);
    }

    /// <summary>An address that cannot be had is for people to see to. Else neither the lane nor the node can be restarted on its own: the membership ends.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        if (exception is not ActorInitializationException { InnerException: IOException failure })
            return Directive.Escalate;
        _options.Listener.Tell(new ExpertLaneFailed(failure.Message));
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AskModel when !_options.KnowsModel():
                _options.Locator.Tell(new GetModelOutline(_options.Node, WireVersion.Current));
                break;
            case ModelOutline outline when !_options.KnowsModel():
                Learn(outline);
                break;
            case AskModel or ModelOutline:
                break;
            case RegistrationRefused refused:
                Timers.Cancel(nameof(AskModel));
                _options.Listener.Tell(new ExpertNodeRefused(refused.Reason, refused.Message));
                break;
            case Drain when _experts is null:
                // No cluster knows the node yet.
                _options.Listener.Tell(ExpertNodeDrained.Instance);
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

    private void Bind() => Context.ActorOf(_options.Lane(Self), "lane");

    private void Learn(ModelOutline outline)
    {
        Timers.Cancel(nameof(AskModel));
        try
        {
            _options.Learn(outline);
        }
        catch (ModelFormatException e)
        {
            _options.Listener.Tell(new ExpertNodeRefused(RefusalReason.BadRegistration, e.Message));
            return;
        }

        Bind();
    }

    private void StartExperts(LaneListening listening)
    {
        _experts = Context.ActorOf(_options.Experts(listening), "node");
        _options.Locator.Tell(new SubscribeCoordinator(_experts));
        _options.Serve();
        _options.Listener.Tell(new ExpertNodeStarted(_options.Node, _experts));
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
