namespace MoE.Protocol;

/// <summary>
/// Expert node → front: every (expert, row) pair of a <see cref="DispatchFrame"/>, unweighted and unsummed, in the
/// dispatch's order: expert by expert, each expert's rows in the order asked for. The front weighs and sums in top-k slot
/// order, so that moving an expert never changes a bit.
/// </summary>
public sealed class ContributionFrame : LaneFrame
{
    /// <summary>Columns of a row.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Rows, <c>[pairs, HiddenSize]</c>, row-major f32.</summary>
    public required Pooled<float> Rows { get; init; }

    public int RowCount => HiddenSize == 0 ? 0 : Rows.Length / HiddenSize;

    public override void Dispose() => Rows.Dispose();
}
