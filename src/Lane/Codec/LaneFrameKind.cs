namespace MoE.Lane;

/// <summary>What a frame carries. Append only: the values travel.</summary>
internal enum LaneFrameKind : byte
{
    Hello = 1,
    Refused = 2,
    Ping = 3,
    Pong = 4,
    Dispatch = 16,
    Contribution = 17,
    DispatchFailed = 18,
    SharedDispatch = 19,
    SharedContribution = 20,
    RangeRequest = 32,
    Range = 33,
    RangeFailed = 34,
}
