using Akka.Actor;
using Akka.Cluster;
using MoE.Router;

namespace MoE.Host;

/// <summary>Makes Akka.Cluster leave the decision who is down to <see cref="MembershipActor"/>; named in hocon/akka.conf.</summary>
/// <param name="system">The node's actor system.</param>
/// <param name="cluster">Its membership, which is being set up.</param>
public sealed class SeedSideDowning(ActorSystem system, Cluster cluster) : IDowningProvider
{
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    public Props DowningActorProps { get; } = PropsFor(new AkkaMembership(cluster), MembershipSettings.Read(system.Settings.Config), system);

    private static Props PropsFor(AkkaMembership membership, MembershipSettings settings, ActorSystem system) => MembershipActor.Props(
        settings, NodeSettings.ReadSeeds(system.Settings.Config), membership, new NetworkPeers(membership, settings.RefusalTimeout));
}
