namespace MoE.Protocol;

/// <summary>Expert node → front: this dispatch will not be answered here, and why. The front may send it elsewhere.</summary>
public sealed class DispatchFailedFrame : LaneFrame
{
    /// <summary>Longest message that travels, in UTF-8 bytes.</summary>
    public const int MaxMessageBytes = 4096;

    public required DispatchFailure Failure { get; init; }

    public required string Message { get; init; }

    public override void Dispose()
    {
    }
}
