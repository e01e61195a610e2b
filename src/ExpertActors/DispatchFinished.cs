using Akka.Actor;

namespace MoE.ExpertActors;

/// <summary>A compute thread → <see cref="ExpertNodeActor"/>: a dispatch was answered. Belongs to the dispatch, and is valid until it is started anew.</summary>
/// <param name="dispatch">The dispatch, which nobody else has any more.</param>
internal sealed class DispatchFinished(NodeDispatch dispatch) : INoSerializationVerificationNeeded
{
    public NodeDispatch Dispatch => dispatch;

    /// <summary>Rows that were computed for it; 0 where it failed, and nothing else counts then.</summary>
    public int Rows { get; private set; }

    /// <summary>Most rows of one expert.</summary>
    public int MostRows { get; private set; }

    /// <summary>Bytes of its experts' weights.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>When its first expert began, on the scheduler's monotonic clock.</summary>
    public TimeSpan Started { get; private set; }

    /// <summary>When its last expert was done.</summary>
    public TimeSpan Ended { get; private set; }

    public void Computed(int rows, int mostRows, long weightBytes, TimeSpan started, TimeSpan ended) =>
        (Rows, MostRows, WeightBytes, Started, Ended) = (rows, mostRows, weightBytes, started, ended);

    public void Failed() => Rows = 0;
}
