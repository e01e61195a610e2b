namespace MoE.Protocol;

/// <summary>Why a dispatch failed, by stage. Append only: the values travel.</summary>
public enum DispatchFailure
{
    /// <summary>The node does not hold an expert that was asked for.</summary>
    ExpertNotHeld = 1,

    /// <summary>The rows do not fit the model: a wrong width, an index out of range.</summary>
    BadRows = 2,

    /// <summary>The node's queue is full.</summary>
    Overloaded = 3,

    /// <summary>The computation threw.</summary>
    ComputeFailed = 4,

    /// <summary>The node is leaving and takes no more work.</summary>
    Draining = 5,

    /// <summary>The lane to the node closed, or there was none.</summary>
    LaneClosed = 6,

    /// <summary>No answer within the deadline.</summary>
    DeadlineExceeded = 7,
}
