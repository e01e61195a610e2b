using Akka.Actor;
using Akka.Event;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// A front's voice towards the coordinator: registers, hands placements to the dispatcher, reports what the experts get.
/// Life: registering → accepted, and again from the start when the coordinator changes; refused is final.
/// </summary>
public sealed class FrontActor : UntypedActor, IWithTimers
{
    private readonly RegisterFront _registration;
    private readonly IActorRef _coordinator;
    private readonly IActorRef _dispatcher;
    private readonly IActorRef _gating;
    private readonly IActorRef _listener;
    private readonly FrontSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private CoordinatorContact _contact = null!;
    private ExpertPlacement _placement = ExpertPlacement.Empty;
    private ExpertPlacement _published = ExpertPlacement.Empty;
    private string? _pending;

    public FrontActor(
        RegisterFront registration, IActorRef coordinator, IActorRef dispatcher, IActorRef gating, IActorRef listener, FrontSettings settings)
    {
        _registration = registration;
        _coordinator = coordinator;
        _dispatcher = dispatcher;
        _gating = gating;
        _listener = listener;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="registration">Who this front is.</param>
    /// <param name="coordinator">The placement coordinator, or what forwards to it.</param>
    /// <param name="dispatcher">The front's <see cref="TokenDispatcher"/>.</param>
    /// <param name="gating">The front's gating actor.</param>
    /// <param name="listener">Gets <see cref="FrontRefused"/>, <see cref="FrontPending"/> and <see cref="FrontPlacementAdopted"/>.</param>
    /// <param name="settings">Intervals.</param>
    public static Props Props(
        RegisterFront registration, IActorRef coordinator, IActorRef dispatcher, IActorRef gating, IActorRef listener, FrontSettings settings) =>
        Akka.Actor.Props.Create(() => new FrontActor(registration, coordinator, dispatcher, gating, listener, settings));

    protected override void PreStart()
    {
        _contact = new CoordinatorContact(Timers, _settings.RegisterInterval);
        _contact.Register();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RegistrationDue:
                _coordinator.Tell(_registration with { Placement = _placement });
                break;
            case FrontAccepted accepted when accepted.Node == _registration.Node:
                _contact.Accepted(Sender);
                Timers.StartPeriodicTimer(nameof(ReportLoad), ReportLoad.Instance, _settings.LoadReportInterval);
                break;
            case RegistrationRefused refused when refused.Node == _registration.Node:
                _contact.Refused();
                Timers.Cancel(nameof(ReportLoad));
                _log.Error("{0} was refused by the coordinator: {1}", _registration.Node, refused.Message);
                _listener.Tell(new FrontRefused(refused.Reason, refused.Message));
                break;
            case CoordinatorChanged:
                _dispatcher.Tell(CoordinatorChanged.Instance);
                _contact.Register();
                break;
            case PublishPlacement or PlacementImpossible or PlacementPending when !_contact.Heeds(Sender):
                break;
            case PublishPlacement published:
                if (published.Placement.Version > _published.Version)
                    _published = published.Placement;
                _dispatcher.Tell(published, Self);
                break;
            case PlacementImpossible impossible:
                _dispatcher.Tell(impossible, Self);
                break;
            case PlacementPending pending:
                _dispatcher.Tell(pending, Self);
                if (_pending == pending.Reason)
                    break;
                _pending = pending.Reason;
                _listener.Tell(new FrontPending(pending.Reason));
                break;
            case ReportNodeFault fault:
                _coordinator.Tell(fault);
                break;
            case PlacementAdopted adopted:
                if (adopted.Version == _published.Version)
                    _placement = _published;
                _coordinator.Tell(adopted);
                _listener.Tell(new FrontPlacementAdopted(adopted.Version));
                break;
            case ReportLoad:
                _gating.Tell(GetExpertLoads.Instance);
                break;
            case ExpertLoads loads:
                _coordinator.Tell(new ReportExpertLoad(
                    _registration.Node, _placement.Version, [.. loads.Tokens.Select(pair => new ExpertLoad(pair.Key, pair.Value))]));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private sealed record ReportLoad : INoSerializationVerificationNeeded
    {
        public static ReportLoad Instance { get; } = new();
    }
}

/// <summary><see cref="FrontActor"/> → its listener: the coordinator refused the front. Local.</summary>
public sealed record FrontRefused(RefusalReason Reason, string Message) : INoSerializationVerificationNeeded;

/// <summary><see cref="FrontActor"/> → its listener: what the first placement waits for now. Local.</summary>
public sealed record FrontPending(string Reason) : INoSerializationVerificationNeeded;

/// <summary><see cref="FrontActor"/> → its listener: the front routes by this placement now. Local.</summary>
public sealed record FrontPlacementAdopted(long Version) : INoSerializationVerificationNeeded;
