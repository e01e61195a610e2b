using System.Collections.Immutable;
using Akka.Actor;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>An expert node as the coordinator knows it.</summary>
internal sealed class RegisteredNode(NodeRegistration registration, IActorRef actor)
{
    public NodeRegistration Registration { get; } = registration;

    /// <summary>Its actor; another one where the node's has started anew.</summary>
    public IActorRef Actor { get; set; } = actor;

    public bool Leaving { get; set; }

    public bool Reachable { get; set; } = true;

    /// <summary>Why it could not load; it gets no experts until it registers anew.</summary>
    public string? LoadError { get; set; }

    /// <summary>Bytes of experts it holds, by its last word.</summary>
    public long BytesHeld { get; set; }

    private ReportNodeLoad? Load { get; set; }

    public void Report(ReportNodeLoad load)
    {
        Load = load;
        BytesHeld = load.BytesHeld;
    }

    public PlacementNode ForPlanner() =>
        new(Registration.Node, LoadError is null ? Registration.MemoryBudgetBytes : 0, Math.Max(1, Registration.Threads));

    public NodeStatus Status(ImmutableArray<ExpertId> experts) => new(
        Registration,
        Load?.State ?? NodeState.Joining,
        experts,
        BytesHeld,
        Load?.RowsComputed ?? 0,
        Load?.DispatchesServed ?? 0,
        Load?.QueueLength ?? 0,
        Reachable);
}
