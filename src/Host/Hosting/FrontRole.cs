using Akka.Actor;
using Microsoft.Extensions.Logging;
using MoE.Engine;
using MoE.Gating;
using MoE.Http;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// The front part of a process: everything of the model but the routed experts, the engine, and the way to the nodes, which
/// is made anew for every membership.
/// </summary>
internal sealed class FrontRole : IAsyncDisposable
{
    private readonly DispatchSettings _dispatch;
    private readonly ClusterLink _link;
    private readonly Engine.Engine _engine;
    private volatile ClusterNode _node;

    private FrontRole(ClusterNode node, ILoggerFactory loggers)
    {
        _node = node;
        var config = node.Core.Config;
        _dispatch = DispatchSettings.Read(config);
        _link = new ClusterLink(_dispatch.Backstop);
        MoELayers = new ClusterMoELayerFactory(_link, node.Pool, _dispatch.OverlapTokens);
        _engine = EngineFactory.Create(
            node.Source, node.Pool, MoELayers, config, node.Settings.ModelId, () => new EngineReadiness(Readiness.Ready, Readiness.Accepting, Readiness.Reason), loggers);
        ClusterView = new ActorClusterView(() => Node, _engine.ModelId, Readiness, Metrics);
    }

    /// <summary>The membership of now.</summary>
    public ClusterNode Node => _node;

    public IEngine Engine => _engine;

    /// <summary>Makes layers over the cluster.</summary>
    public IMoELayerFactory MoELayers { get; }

    public FrontReadiness Readiness { get; } = new();

    public DispatchMetrics Metrics { get; } = new();

    public IClusterView ClusterView { get; }

    /// <summary>Starts the engine.</summary>
    /// <param name="node">The process's first membership; <see cref="Enter"/> follows.</param>
    /// <param name="loggers">For the engine.</param>
    public static FrontRole Create(ClusterNode node, ILoggerFactory loggers) => new(node, loggers);

    /// <summary>Starts gating and dispatcher in a membership and registers with its coordinator; layers use them from now on.</summary>
    /// <param name="node">The membership.</param>
    /// <param name="localExperts">The expert node of the same process, or null.</param>
    /// <param name="listener">Gets the front's news.</param>
    public void Enter(ClusterNode node, (NodeId, IActorRef)? localExperts, IActorRef listener)
    {
        var gating = node.System.ActorOf(GatingActor.Props(Gates(node.Source), node.Pool).WithDispatcher(SenderThreadDispatcher.ConfigPath), "gating");
        var dispatcher = node.System.ActorOf(
            TokenDispatcher.Props(new TokenDispatcherOptions
            {
                Pool = node.Pool,
                Front = node.Id,
                NumExperts = node.Source.Config.Router.NumExperts,
                Settings = _dispatch,
                Readiness = Readiness,
                Metrics = Metrics,
                LocalNode = localExperts,
                Dial = TokenDispatcherOptions.DialTcp(node.Lane, node.LaneIdentity),
            }).WithDispatcher(SenderThreadDispatcher.ConfigPath),
            "dispatcher");
        var front = node.System.ActorOf(
            FrontActor.Props(
                new RegisterFront(node.Id, node.Source.Hash, WireVersion.Current, node.Policy, node.Settings.KvCacheType.Name(), ExpertPlacement.Empty),
                node.Locator, dispatcher, gating, listener, FrontSettings.Read(node.Core.Config)),
            "front");
        node.Locator.Tell(new SubscribeCoordinator(front));
        _node = node;
        _link.Connect(gating, dispatcher);
    }

    /// <summary>The membership has ended, and its actors with it: what is under way fails, and new requests get 503.</summary>
    public void Lost()
    {
        const string Reason = "this front was cut off from the cluster and is joining it again";
        Readiness.Lost(Reason);
        _link.Disconnect(Reason);
    }

    /// <summary>Takes no new requests and lets the running ones end.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _engine.DrainAsync(cancellationToken);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private static Dictionary<int, GateLayer> Gates(ModelSource source)
    {
        var router = new TopKRouter(source.Config.Router);
        return Enumerable.Range(0, source.Config.NumHiddenLayers)
            .Where(layer => source.Config.Layers[layer].IsMoE)
            .ToDictionary(layer => layer, layer => new GateLayer(source.Matrix(TensorRole.Router, layer), router));
    }
}
