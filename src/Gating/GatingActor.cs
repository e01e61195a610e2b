using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Gating;

/// <summary>
/// Scores tokens with each layer's <see cref="TopKRouter"/> and counts what the experts get. The product is spread over the
/// node's <see cref="ComputePool"/>. In a front the actor runs on its sender's thread, the layer's: a compute thread that has
/// nothing else to do until the tokens are routed.
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

        TokenRouting routing;
        try
        {
            routing = layer.Route(_pool, route.Hidden, route.Buffers);
        }
        catch (Exception exception)
        {
            // The caller waits for an answer; whatever went wrong in the product is that answer.
            route.ReplyTo.Tell(new RoutingFailed(route.DispatchId, route.Layer, exception.Message));
            return;
        }

        // Whoever gets the answer may use the buffers for the next batch at once.
        var tokens = _tokens[route.Layer];
        foreach (var expert in routing.TopkExperts)
            tokens[expert]++;
        route.ReplyTo.Tell(route.Answer(routing));
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
}
