using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// One frame of a dispatch: some of its expert groups, sent to one node. The same group may be in several parts: the first answer
/// counts. An object is used again for a later dispatch's part.
/// </summary>
internal sealed class DispatchPart
{
    /// <summary>The frame's <see cref="LaneFrame.DispatchId"/>, unique for one life of the front: an answer is known by it alone.</summary>
    public ulong FrameId { get; private set; }

    /// <summary>Who computes it.</summary>
    public NodeId Node { get; private set; }

    /// <summary>Indices into the permutation's experts, ascending.</summary>
    public List<int> Groups { get; } = [];

    /// <summary>Rows of its contribution.</summary>
    public int AnswerRows { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset Sent { get; private set; }

    /// <summary>How long its answer may take before another node is asked.</summary>
    public TimeSpan HedgeAfter { get; private set; }

    /// <summary>Whether an answer may still come.</summary>
    public bool Awaited { get; set; }

    /// <summary>Whether its rows went to another node too.</summary>
    public bool Hedged { get; set; }

    public void Begin(ulong frameId, NodeShare share, DateTimeOffset sent, TimeSpan hedgeAfter)
    {
        FrameId = frameId;
        Node = share.Node;
        Groups.Clear();
        Groups.AddRange(share.Groups);
        AnswerRows = share.Rows;
        Sent = sent;
        HedgeAfter = hedgeAfter;
        Awaited = true;
        Hedged = false;
    }
}
