using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>Expert node → front: this dispatch will not be answered here, and why. The front may send it elsewhere.</summary>
public sealed class DispatchFailedFrame : LaneFrame
{
    /// <summary>Longest message that travels, in UTF-8 bytes.</summary>
    public const int MaxMessageBytes = 4096;

    public required DispatchFailure Failure { get; init; }

    public required string Message { get; init; }

    /// <summary>
    /// The experts, by their index in the layer, that are the reason: the node may well compute the frame's others when they are asked for
    /// again. Empty where the reason is the whole frame's.
    /// </summary>
    public ImmutableArray<int> Experts { get; init; } = [];

    public override void Dispose()
    {
    }
}
