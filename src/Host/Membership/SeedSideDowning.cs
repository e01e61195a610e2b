using Akka.Actor;
using Akka.Cluster;

namespace MoE.Host;

/// <summary>Makes Akka.Cluster leave the decision who is down to <see cref="MembershipActor"/>; named in hocon/akka.conf.</summary>
/// <param name="system">The node's actor system.</param>
/// <param name="cluster">Its membership; not used, but Akka looks for this constructor.</param>
public sealed class SeedSideDowning(ActorSystem system, Cluster cluster) : IDowningProvider
{
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    public Props DowningActorProps { get; } = MembershipActor.Props(
        MembershipSettings.Read(system.Settings.Config), NodeSettings.ReadSeeds(system.Settings.Config), cluster);
}
