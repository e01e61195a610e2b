using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.ObjectPool;

namespace MoE.Protocol;

/// <summary>
/// Expert node → front: every (expert, row) pair of a <see cref="DispatchFrame"/>, unweighted and unsummed, in the
/// dispatch's order: expert by expert, each expert's rows in the order asked for. The front weighs and sums in top-k slot
/// order, so that moving an expert never changes a bit.
/// <para>The object serves another frame once it is disposed.</para>
/// </summary>
public sealed class ContributionFrame : LaneFrame
{
    private static readonly ObjectPool<ContributionFrame> s_idle = Pools.Of(() => new ContributionFrame());
    private bool _rented;

    [SetsRequiredMembers]
    private ContributionFrame()
    {
    }

    /// <summary>Columns of a row.</summary>
    public int HiddenSize { get; private set; }

    /// <summary>Rows, <c>[pairs, HiddenSize]</c>, row-major f32.</summary>
    public Pooled<float> Rows { get; private set; }

    public int RowCount => HiddenSize == 0 ? 0 : Rows.Length / HiddenSize;

    /// <param name="dispatchId">From the dispatch.</param>
    /// <param name="layer">From the dispatch.</param>
    /// <param name="hiddenSize">Columns of a row.</param>
    /// <param name="rows">Taken over.</param>
    public static ContributionFrame Rent(ulong dispatchId, int layer, int hiddenSize, Pooled<float> rows)
    {
        var frame = s_idle.Get();
        frame.Begin(dispatchId, layer);
        frame.HiddenSize = hiddenSize;
        frame.Rows = rows;
        frame._rented = true;
        return frame;
    }

    /// <summary>Gives up the frame but for its rows, which are the caller's now.</summary>
    public Pooled<float> TakeRows()
    {
        var rows = Rows;
        Rows = default;
        Dispose();
        return rows;
    }

    public override void Dispose()
    {
        var rented = Interlocked.Exchange(ref _rented, false);
        Debug.Assert(rented, "a frame was disposed twice");
        if (!rented)
            return;
        Rows.Dispose();
        Rows = default;
        s_idle.Return(this);
    }
}
