using Akka.Actor;
using Akka.Event;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// Gives ranges of the node's weights to peers, over a lane of its own, one after the other on a thread of its own: files are read on
/// no other, and answers come in the order asked. Offers what it has to the catalog.
/// </summary>
public sealed class WeightsServer : UntypedActor, IWithTimers
{
    private readonly IExpertStore _store;
    private readonly LaneSettings _lane;
    private readonly LaneIdentity _self;
    private readonly IActorRef _catalog;
    private readonly WeightsSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private LaneEndpoint? _endpoint;

    /// <summary>Use <see cref="Props"/>.</summary>
    public WeightsServer(IExpertStore store, LaneSettings lane, LaneIdentity self, IActorRef catalog, WeightsSettings settings)
    {
        _store = store;
        _lane = lane;
        _self = self;
        _catalog = catalog;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="store">What is given.</param>
    /// <param name="lane">The node's lane; the ports are <c>moe.weights.port</c> and <c>moe.weights.public-port</c>.</param>
    /// <param name="self">What this process says in its hello.</param>
    /// <param name="catalog">Whoever forwards to the weights' catalog.</param>
    /// <param name="settings">Bounds and intervals.</param>
    public static Props Props(IExpertStore store, LaneSettings lane, LaneIdentity self, IActorRef catalog, WeightsSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var own = WeightsLane.Of(lane) with { Port = settings.Port, PublicPort = settings.PublicPort };
        return Akka.Actor.Props.Create(() => new WeightsServer(store, own, self, catalog, settings)).WithDispatcher(WeightsSettings.DispatcherPath);
    }

    protected override void PreStart() => Context.ActorOf(LaneListenerActor.Props(_lane, _self, Self), "lane");

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LaneListening listening:
                _endpoint = new LaneEndpoint(_self.Node, listening.Host, listening.Port);
                Timers.StartPeriodicTimer(nameof(Offer), Offer.Instance, TimeSpan.Zero, _settings.OfferInterval);
                break;
            case Offer when _endpoint is not null:
                _catalog.Tell(new OfferWeights(_endpoint, _self.ModelHash, _store.Whole, [.. _store.Experts]));
                break;
            case RangeRequestFrame request:
                Answer(request);
                break;
            case LaneOpened or LaneClosed:
                break;
            case LaneFrame frame:
                frame.Dispose();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answer(RangeRequestFrame request)
    {
        var expert = new ExpertId(request.Layer, request.Expert);
        var bytes = new Pooled<byte>(request.Length);
        string failure;
        try
        {
            if (_store.TryRead(expert, request.Offset, bytes.Span))
            {
                Sender.Tell(new RangeFrame { DispatchId = request.DispatchId, Layer = request.Layer, Bytes = bytes });
                return;
            }

            failure = $"{_self.Node} has no bytes [{request.Offset}, {request.Offset + request.Length}) of expert {expert}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = $"{_self.Node} cannot read expert {expert}: {e.Message}";
            _log.Warning(failure);
        }

        bytes.Dispose();
        Sender.Tell(new RangeFailedFrame { DispatchId = request.DispatchId, Layer = request.Layer, Message = failure });
    }

    private sealed record Offer : INoSerializationVerificationNeeded
    {
        public static Offer Instance { get; } = new();
    }
}

/// <summary>Lanes for weights: beside those for dispatches, so that no dispatch waits behind weights.</summary>
internal static class WeightsLane
{
    /// <summary>A node's Unix socket belongs to its lane for dispatches.</summary>
    public static LaneSettings Of(LaneSettings lane) => lane with { Port = 0, PublicPort = 0, UnixSocket = false };
}
