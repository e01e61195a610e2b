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

    /// <summary>Unreachable for so long that its experts are placed elsewhere as well.</summary>
    public bool Absent { get; set; }

    /// <summary>Why its answers are not trusted; it gets no experts as long as it lives.</summary>
    public string? Quarantine { get; set; }

    /// <summary>Whether a plan may put experts there.</summary>
    public bool Available => !Leaving && !Absent && Quarantine is null && !PausesLoading;

    /// <summary>Whether fronts may get answers from it.</summary>
    public bool Serving => !Absent && Quarantine is null;

    /// <summary>Experts it said it held when it registered.</summary>
    public ImmutableArray<ExpertId> Held { get; set; } = [];

    /// <summary>Why it could not load its experts the last time; null since it could.</summary>
    public string? LoadError { get; private set; }

    /// <summary>How often in a row it could not.</summary>
    public int LoadFailures { get; private set; }

    /// <summary>Whether it gets no experts for now, since it could not load them.</summary>
    public bool PausesLoading { get; private set; }

    /// <summary>Bytes of experts it holds, by its last word.</summary>
    public long BytesHeld { get; private set; }

    /// <summary>The measured speed that placements go by; 0 for none.</summary>
    public long Speed { get; set; }

    /// <summary>The speed that the node measured last; 0 for none.</summary>
    public long ReportedSpeed => Load is { Speed: > 0 } load ? load.Speed : Speed;

    private ReportNodeLoad? Load { get; set; }

    public void CouldNotLoad(string message)
    {
        LoadError = message;
        LoadFailures++;
        PausesLoading = true;
    }

    /// <summary>It may try once more.</summary>
    public void TryAgain() => PausesLoading = false;

    /// <summary>It has loaded what it was to, or begins anew.</summary>
    public void ForgetFailures()
    {
        LoadError = null;
        LoadFailures = 0;
        PausesLoading = false;
    }

    public void Report(LoadProgress progress) => BytesHeld = progress.Bytes;

    public void Report(ReportNodeLoad load)
    {
        Load = load;
        BytesHeld = load.BytesHeld;
    }

    public PlacementNode ForPlanner(double weight) => new(Registration.Node, Registration.MemoryBudgetBytes, weight) { Machine = Registration.LaneHost };

    /// <param name="experts">What the placement in force puts there.</param>
    /// <param name="weight">Its share of the work, 0 where it gets none.</param>
    public NodeStatus Status(ImmutableArray<ExpertId> experts, double weight) => new(
        Registration,
        Load?.State ?? NodeState.Joining,
        experts,
        BytesHeld,
        Load?.RowsComputed ?? 0,
        Load?.DispatchesServed ?? 0,
        Load?.QueueLength ?? 0,
        ReportedSpeed,
        Load?.Fetched ?? FetchCounts.None,
        (long)weight,
        Reachable,
        Quarantine ?? "",
        LoadError ?? "",
        LoadFailures);
}
