namespace MoE.Protocol;

/// <summary>
/// Expert node → whoever has weights: send me these bytes of an expert, as the model's files have it. Answered, in the order asked,
/// by one <see cref="RangeFrame"/> or one <see cref="RangeFailedFrame"/>. Idempotent. Travels on a lane of its own, so that no
/// dispatch waits behind weights.
/// </summary>
public sealed class RangeRequestFrame : LaneFrame
{
    /// <summary>Most bytes of one range.</summary>
    public const int MaxBytes = 1 << 20;

    public required int Expert { get; init; }

    /// <summary>First byte of the expert's.</summary>
    public required long Offset { get; init; }

    /// <summary>1..<see cref="MaxBytes"/>.</summary>
    public required int Length { get; init; }

    public override void Dispose()
    {
    }
}

/// <summary>Answer to a <see cref="RangeRequestFrame"/>: the bytes.</summary>
public sealed class RangeFrame : LaneFrame
{
    public required Pooled<byte> Bytes { get; init; }

    public override void Dispose() => Bytes.Dispose();
}

/// <summary>Answer to a <see cref="RangeRequestFrame"/>: these bytes do not come from here, and why.</summary>
public sealed class RangeFailedFrame : LaneFrame
{
    public required string Message { get; init; }

    public override void Dispose()
    {
    }
}
