using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// One membership of a process: an actor system in the cluster. Disposing leaves the cluster and stops the system; it also
/// ends by itself when the cluster has downed the node, after which the process may start another.
/// </summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    /// <summary>The actor system's name, a part of every address.</summary>
    public const string SystemName = "moe";

    private readonly CancellationTokenSource _ending = new();

    private ClusterNode(NodeCore core, ActorSystem system, LaneSettings lane)
    {
        Core = core;
        System = system;
        Lane = lane;
        Cluster = Cluster.Get(system);
        Id = ProcessId.Of(Cluster.SelfUniqueAddress);
        Membership = new AkkaMembership(Cluster);
        Locator = system.ActorOf(CoordinatorLocator.Props(Membership), "coordinator");
        system.ActorOf(KnownMembersActor.Props(core.Known, Membership), KnownMembersActor.Name);
        system.ActorOf(MemberActor.Props(), MemberActor.ProcessName);
        system.ActorOf(MemberActor.Props(), MemberActor.NameOf(Membership.Self));
        Membership.OnUp(() => system.ActorOf(MemberActor.Props(), MemberActor.Name));
    }

    public NodeCore Core { get; }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    public IMembership Membership { get; }

    public NodeSettings Settings => Core.Settings;

    public ModelSource Source => Core.Source;

    /// <summary>The model's experts.</summary>
    /// <exception cref="InvalidOperationException">What the model is has not been heard yet.</exception>
    public IExpertSource Experts => Core.Experts ?? throw new InvalidOperationException("the model is not known yet");

    public ComputePool Pool => Core.Pool;

    public LaneSettings Lane { get; }

    /// <summary>This node's name, unique for one membership.</summary>
    public NodeId Id { get; }

    /// <summary>Forwards to the placement coordinator.</summary>
    public IActorRef Locator { get; }

    public LaneIdentity LaneIdentity => new(Id, Experts.Hash, Policy);

    /// <summary>How this process rounds, in its kernels and between its nodes.</summary>
    public string Policy => Lane.NumericPolicy(NumericPolicy.Current);

    /// <summary>Ends with the membership, however it ends.</summary>
    public Task Ended => System.WhenTerminated;

    /// <summary>Starts the actor system; joins nothing yet.</summary>
    /// <param name="core">Outlives the node.</param>
    public static ClusterNode Start(NodeCore core)
    {
        var lane = LaneSettings.Read(core.Config);
        var remote = ConfigurationFactory.ParseString($$"""
            akka.stdout-logger-class = "MoE.Host.SilentLogger, moe"
            akka.actor.guardian-supervisor-strategy = "MoE.Host.EndsTheMembership, moe"
            akka.remote.dot-netty.tcp {
              hostname = "{{core.Settings.Host}}"
              port = {{core.Config.GetInt(SettingKeys.Port)}}
            }
            """);
        var system = ActorSystem.Create(SystemName, remote.WithFallback(core.Config));
        AbandonedMessages.DisposeIn(system);
        return new ClusterNode(core, system, lane);
    }

    /// <summary>Starts to join the cluster, or to form one.</summary>
    /// <param name="mayForm">Whether there may be no cluster yet.</param>
    public void Join(bool mayForm) => new ClusterEntry
    {
        Membership = Membership,
        Known = Core.Known,
        Seeds = NodeSettings.ReadSeeds(Core.Config),
        Settings = Core.Membership,
        Peers = new NetworkPeers(Membership, Core.Membership.RefusalTimeout),
        Time = TimeProvider.System,
        Log = Logging.GetLogger(System, typeof(ClusterNode)),
        Announce = name => System.ActorOf(MemberActor.Props(), name),
    }.EnterAsync(mayForm, _ending.Token).ContinueWith(
        entry => System.Log.Error(entry.Exception, "joining the cluster failed"), CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Has the membership end, for a reason that is in the log; the process may start another.</summary>
    public void End() => CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        await System.WhenTerminated.ConfigureAwait(false);
        _ending.Dispose();
    }
}
