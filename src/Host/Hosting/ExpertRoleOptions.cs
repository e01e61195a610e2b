using Akka.Actor;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>What an <see cref="ExpertRoleActor"/> works with.</summary>
internal sealed record ExpertRoleOptions
{
    /// <summary>This process.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Forwards to the placement coordinator and to the weights' catalog.</summary>
    public required IActorRef Locator { get; init; }

    /// <summary>Gets the node's news.</summary>
    public required IActorRef Listener { get; init; }

    /// <summary>How often an unanswered question what the model is is repeated.</summary>
    public required TimeSpan AskInterval { get; init; }

    /// <summary>Whether the process knows what the model is: it has its files, or has heard.</summary>
    public required Func<bool> KnowsModel { get; init; }

    /// <summary>Takes what the model is. Throws <see cref="Model.ModelFormatException"/> where such a model cannot be.</summary>
    public required Action<ModelOutline> Learn { get; init; }

    /// <summary>What listens for lanes, for the owner that it tells <see cref="LaneListening"/> and frames.</summary>
    public required Func<IActorRef, Props> Lane { get; init; }

    /// <summary>The expert node that the lane leads to.</summary>
    public required Func<LaneListening, Props> Experts { get; init; }

    /// <summary>Lets others fetch weights from here; once the node runs.</summary>
    public required Action Serve { get; init; }
}
