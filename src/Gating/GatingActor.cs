using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Gating;

/// <summary>
/// Scores tokens with each layer's <see cref="TopKRouter"/> and counts what the experts get. Scores are computed on the
/// node's <see cref="ComputePool"/>; the actor keeps order and counts.
/// </summary>
public sealed class GatingActor : UntypedActor
{
    private readonly IReadOnlyDictionary<int, GateLayer> _layers;
    private readonly ComputePool _pool;
    private readonly Dictionary<int, long[]> _tokens;

    public GatingActor(IReadOnlyDictionary<int, GateLayer> layers, ComputePool pool)
    {
        _layers = layers;
        _pool = pool;
        _tokens = layers.ToDictionary(pair => pair.Key, pair => new long[pair.Value.Config.NumExperts]);
    }

    /// <param name="layers">The MoE layers' gates by layer index.</param>
    /// <param name="pool">The node's compute threads.</param>
    public static Props Props(IReadOnlyDictionary<int, GateLayer> layers, ComputePool pool) =>
        Akka.Actor.Props.Create(() => new GatingActor(layers, pool));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteTokens route:
                Route(route);
                break;
            case Counted counted:
                Count(counted);
                break;
            case GetExpertLoads:
                Sender.Tell(new ExpertLoads(Loads()));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Route(RouteTokens route)
    {
        if (!_layers.TryGetValue(route.Layer, out var layer))
        {
            route.ReplyTo.Tell(new RoutingFailed(route.DispatchId, route.Layer, $"layer {route.Layer} has no router"));
            return;
        }

        var self = Self;
        if (!_pool.TrySubmit(() => RouteOnPool(route, layer, self)))
            route.ReplyTo.Tell(new RoutingFailed(route.DispatchId, route.Layer, "the compute queue is full"));
    }

    private void RouteOnPool(RouteTokens route, GateLayer layer, IActorRef self)
    {
        try
        {
            var routing = layer.Route(_pool, route.Hidden);
            route.ReplyTo.Tell(new TokensRouted(route.DispatchId, route.Layer, route.Hidden, routing));
            self.Tell(new Counted(route.Layer, routing));
        }
        catch (Exception exception)
        {
            // The caller waits for an answer; whatever went wrong on a compute thread is that answer.
            route.ReplyTo.Tell(new RoutingFailed(route.DispatchId, route.Layer, exception.Message));
        }
    }

    private void Count(Counted counted)
    {
        var tokens = _tokens[counted.Layer];
        foreach (var expert in counted.Routing.TopkExperts)
            tokens[expert]++;
    }

    private List<KeyValuePair<ExpertId, long>> Loads()
    {
        var loads = new List<KeyValuePair<ExpertId, long>>();
        foreach (var (layer, tokens) in _tokens.OrderBy(pair => pair.Key))
        {
            for (var expert = 0; expert < tokens.Length; expert++)
            {
                if (tokens[expert] > 0)
                    loads.Add(new(new ExpertId(layer, expert), tokens[expert]));
            }
        }

        return loads;
    }

    private sealed record Counted(int Layer, TokenRouting Routing) : INoSerializationVerificationNeeded;
}
