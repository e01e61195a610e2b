using Akka.Actor;
using MoE.Kernels;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>What a <see cref="TokenDispatcher"/> works with.</summary>
public sealed record TokenDispatcherOptions
{
    /// <summary>The front's own name.</summary>
    public required NodeId Front { get; init; }

    /// <summary>E: experts per MoE layer.</summary>
    public required int NumExperts { get; init; }

    /// <summary>The front's compute threads; outlive the dispatcher.</summary>
    public required ComputePool Pool { get; init; }

    public required DispatchSettings Settings { get; init; }

    /// <summary>Where the dispatcher publishes whether it can reach every expert.</summary>
    public required FrontReadiness Readiness { get; init; }

    /// <summary>The expert node of the same process, reached without a wire, or null.</summary>
    public (NodeId Node, IActorRef Actor)? LocalNode { get; init; }

    /// <summary>Counted up by the dispatcher.</summary>
    public DispatchMetrics Metrics { get; init; } = new();

    /// <summary>
    /// Opens a lane as a child of the dispatcher; its owner hears <see cref="LaneOpened"/> or <see cref="LaneClosed"/>. The
    /// seam for a lane that is no TCP connection.
    /// </summary>
    public required Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> Dial { get; init; }

    /// <summary>Dials real connections.</summary>
    public static Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> DialTcp(LaneSettings settings, LaneIdentity self) =>
        (context, endpoint, owner) => context.ActorOf(
            LaneConnectionActor.ConnectProps(settings, self, endpoint.Node, endpoint, owner).WithDispatcher(context.Props.Dispatcher));
}
