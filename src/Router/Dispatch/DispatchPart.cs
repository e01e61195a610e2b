using MoE.Protocol;

namespace MoE.Router;

/// <summary>One frame of a dispatch: some of its expert groups, sent to one node. The same group may be in several parts: the first answer counts.</summary>
/// <param name="frameId">The frame's <see cref="LaneFrame.DispatchId"/>, unique for one life of the front: an answer is known by it alone.</param>
/// <param name="node">Who computes it.</param>
/// <param name="groups">Indices into the permutation's experts, ascending.</param>
/// <param name="answerRows">Rows of its contribution.</param>
/// <param name="sent">When.</param>
internal sealed class DispatchPart(ulong frameId, NodeId node, int[] groups, int answerRows, DateTimeOffset sent)
{
    public ulong FrameId => frameId;

    public NodeId Node => node;

    public ReadOnlySpan<int> Groups => groups;

    public int AnswerRows => answerRows;

    public DateTimeOffset Sent => sent;

    /// <summary>Whether an answer may still come.</summary>
    public bool Awaited { get; set; } = true;

    /// <summary>Whether its rows went to another node too.</summary>
    public bool Hedged { get; set; }
}
