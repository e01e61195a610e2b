using Akka.Actor;
using Microsoft.Extensions.Logging;
using MoE.Engine;
using MoE.Gating;
using MoE.Http;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>The front part of a process: everything of the model but the routed experts, the engine, and the way to the nodes.</summary>
internal sealed class FrontRole : IAsyncDisposable
{
    private readonly Engine.Engine _engine;

    private FrontRole(Engine.Engine engine, IMoELayerFactory moeLayers, FrontReadiness readiness, IClusterView clusterView)
    {
        MoELayers = moeLayers;
        _engine = engine;
        Readiness = readiness;
        ClusterView = clusterView;
    }

    public IEngine Engine => _engine;

    /// <summary>Makes layers over the cluster.</summary>
    public IMoELayerFactory MoELayers { get; }

    public FrontReadiness Readiness { get; }

    public IClusterView ClusterView { get; }

    /// <summary>Starts gating, dispatcher and engine, and registers with the coordinator.</summary>
    /// <param name="node">The process.</param>
    /// <param name="localExperts">The expert node of the same process, or null.</param>
    /// <param name="listener">Gets the front's news.</param>
    /// <param name="loggers">For the engine.</param>
    public static FrontRole Start(ClusterNode node, (NodeId, IActorRef)? localExperts, IActorRef listener, ILoggerFactory loggers)
    {
        var config = node.System.Settings.Config;
        var dispatch = DispatchSettings.Read(config);
        var readiness = new FrontReadiness();
        var gating = node.System.ActorOf(GatingActor.Props(Gates(node.Source), node.Pool), "gating");
        var dispatcher = node.System.ActorOf(
            TokenDispatcher.Props(new TokenDispatcherOptions
            {
                Front = node.Id,
                NumExperts = node.Source.Config.Router.NumExperts,
                Settings = dispatch,
                Readiness = readiness,
                LocalNode = localExperts,
                Dial = TokenDispatcherOptions.DialTcp(node.Lane, node.LaneIdentity),
            }),
            "dispatcher");
        var front = node.System.ActorOf(
            FrontActor.Props(
                new RegisterFront(node.Id, node.Source.Hash, WireVersion.Current, NumericPolicy.Current),
                node.Locator, dispatcher, gating, listener, FrontSettings.Read(config)),
            "front");
        node.Locator.Tell(new SubscribeCoordinator(front));

        var factory = new ClusterMoELayerFactory(new ClusterLink(gating, dispatcher, dispatch.Backstop), node.Pool);
        var engine = EngineFactory.Create(
            node.Source, node.Pool, factory, config, node.Settings.ModelId, () => (readiness.Ready, readiness.Reason), loggers);
        return new FrontRole(engine, factory, readiness, new ActorClusterView(node, engine.ModelId));
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
