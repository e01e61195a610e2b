using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// What every role is made of: an actor system in the cluster, the opened model, the compute threads. Disposing leaves the
/// cluster and stops the system.
/// </summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    /// <summary>The actor system's name, a part of every address.</summary>
    public const string SystemName = "moe";

    private ClusterNode(ActorSystem system, NodeSettings settings, ModelSource source, ComputePool pool, LaneSettings lane)
    {
        System = system;
        Settings = settings;
        Source = source;
        Pool = pool;
        Lane = lane;
        Cluster = Cluster.Get(system);
        Id = new NodeId($"{Cluster.SelfAddress.Host}:{Cluster.SelfAddress.Port}#{Cluster.SelfUniqueAddress.Uid:x8}");
        Locator = system.ActorOf(CoordinatorLocator.Props(), "coordinator");
    }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    public NodeSettings Settings { get; }

    public ModelSource Source { get; }

    public ComputePool Pool { get; }

    public LaneSettings Lane { get; }

    /// <summary>This node's name, unique for one life of the process.</summary>
    public NodeId Id { get; }

    /// <summary>Forwards to the placement coordinator.</summary>
    public IActorRef Locator { get; }

    public LaneIdentity LaneIdentity => new(Id, Source.Hash, NumericPolicy.Current);

    /// <summary>Opens the model and starts the actor system; joins nothing yet.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <exception cref="ModelFormatException">The model cannot be served.</exception>
    public static ClusterNode Start(Config config)
    {
        var settings = NodeSettings.Read(config);
        var source = ModelSource.Open(ModelLocator.Find(settings.Model), settings.Type);
        var remote = ConfigurationFactory.ParseString($$"""
            akka.stdout-logger-class = "MoE.Host.SilentLogger, moe"
            akka.remote.dot-netty.tcp {
              hostname = "{{settings.Host}}"
              port = {{config.GetInt(SettingKeys.Port)}}
            }
            """);
        var system = ActorSystem.Create(SystemName, remote.WithFallback(config));
        var pool = new ComputePool(settings.Threads, "compute");
        return new ClusterNode(system, settings, source, pool, LaneSettings.Read(system.Settings.Config));
    }

    /// <summary>Joins the configured seeds, or starts a cluster where there are none.</summary>
    public void Join()
    {
        if (Settings.Seeds.Count == 0)
            Cluster.Join(Cluster.SelfAddress);
        else
            Cluster.JoinSeedNodes(Settings.Seeds.Select(seed => new Address("akka.tcp", SystemName, seed.Host, seed.Port)));
    }

    public async ValueTask DisposeAsync()
    {
        await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        await System.WhenTerminated.ConfigureAwait(false);
        Pool.Dispose();
        Source.Dispose();
    }
}
