using Akka.Actor;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>What a <see cref="WeightsFetcher"/> works with.</summary>
public sealed record WeightsFetcherOptions
{
    /// <summary>The node that fetches.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Where fetched bytes go.</summary>
    public required FetchedExperts Experts { get; init; }

    public required ExpertCache Cache { get; init; }

    /// <summary>Whoever forwards to the weights' catalog.</summary>
    public required IActorRef Catalog { get; init; }

    /// <summary>Gets <see cref="ExpertNodeFetching"/>.</summary>
    public required IActorRef Listener { get; init; }

    public required WeightsSettings Settings { get; init; }

    /// <summary>Opens a lane as a child of the fetcher; its owner hears <see cref="LaneOpened"/> or <see cref="LaneClosed"/>.</summary>
    public required Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> Dial { get; init; }

    /// <summary>Dials real connections, apart from those for dispatches.</summary>
    public static Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> DialTcp(LaneSettings settings, LaneIdentity self)
    {
        var own = WeightsLane.Of(settings);
        return (context, endpoint, owner) => context.ActorOf(LaneConnectionActor.ConnectProps(own, self, endpoint.Node, endpoint, owner));
    }
}
