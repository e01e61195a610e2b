namespace MoE.Protocol;

/// <summary>
/// Front → expert node: the rows that a layer's tokens bring to the experts of one node. Answered by one
/// <see cref="ContributionFrame"/> or one <see cref="DispatchFailedFrame"/>. Idempotent: expert work is a pure function of
/// the model, the layer, the expert and the row.
/// <para>A token's row is sent once, however many of the node's experts it goes to.</para>
/// </summary>
public sealed class DispatchFrame : LaneFrame
{
    private Pooled<float>? _answer;

    /// <summary>The placement the front routed by.</summary>
    public required long PlacementVersion { get; init; }

    /// <summary>Columns of a row.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Rows, <c>[RowCount, HiddenSize]</c>, row-major f32.</summary>
    public required Pooled<float> Rows { get; init; }

    /// <summary>Which experts compute which rows, ascending by expert, no expert twice.</summary>
    public required ExpertRows Experts { get; init; }

    /// <summary>Where the front reads the answer in place, <c>[pairs, HiddenSize]</c>; null where it has no such place.</summary>
    public Pooled<float>? Answer
    {
        init => _answer = value;
    }

    public int RowCount => HiddenSize == 0 ? 0 : Rows.Length / HiddenSize;

    /// <summary>Memory for the answer's rows, once: the front's own, or the pool's. Contents are undefined.</summary>
    public Pooled<float> TakeAnswer() => Interlocked.Exchange(ref _answer, null) ?? new Pooled<float>(Experts.Pairs * HiddenSize);

    public override void Dispose()
    {
        Rows.Dispose();
        Experts.Dispose();
        Interlocked.Exchange(ref _answer, null)?.Dispose();
    }
}
