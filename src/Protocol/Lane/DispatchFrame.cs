using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.ObjectPool;

namespace MoE.Protocol;

/// <summary>
/// Front → expert node: the rows that a layer's tokens bring to the experts of one node. Answered by one
/// <see cref="ContributionFrame"/> or one <see cref="DispatchFailedFrame"/>. Idempotent: expert work is a pure function of
/// the model, the layer, the expert and the row.
/// <para>A token's row is sent once, however many of the node's experts it goes to. The object serves another frame once it is
/// disposed.</para>
/// </summary>
public sealed class DispatchFrame : LaneFrame
{
    private static readonly ObjectPool<DispatchFrame> s_idle = Pools.Of(() => new DispatchFrame());
    private bool _rented;
    private ExpertRows? _experts;
    private Pooled<float>? _answer;

    [SetsRequiredMembers]
    private DispatchFrame()
    {
    }

    /// <summary>The placement the front routed by.</summary>
    public long PlacementVersion { get; private set; }

    /// <summary>Columns of a row.</summary>
    public int HiddenSize { get; private set; }

    /// <summary>Rows, <c>[RowCount, HiddenSize]</c>, row-major f32.</summary>
    public Pooled<float> Rows { get; private set; }

    /// <summary>Which experts compute which rows, ascending by expert, no expert twice.</summary>
    /// <exception cref="ObjectDisposedException">The frame was disposed.</exception>
    public ExpertRows Experts => _experts ?? throw new ObjectDisposedException(nameof(DispatchFrame));

    public int RowCount => HiddenSize == 0 ? 0 : Rows.Length / HiddenSize;

    /// <param name="dispatchId">Unique for one life of the front.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="placementVersion">The placement the front routed by.</param>
    /// <param name="hiddenSize">Columns of a row.</param>
    /// <param name="rows">Taken over.</param>
    /// <param name="experts">Taken over.</param>
    /// <param name="answer">Where the front reads the answer in place, <c>[pairs, HiddenSize]</c>; null where it has no such place. Taken over.</param>
    public static DispatchFrame Rent(
        ulong dispatchId, int layer, long placementVersion, int hiddenSize, Pooled<float> rows, ExpertRows experts, Pooled<float>? answer = null)
    {
        var frame = s_idle.Get();
        frame.Begin(dispatchId, layer);
        frame.PlacementVersion = placementVersion;
        frame.HiddenSize = hiddenSize;
        frame.Rows = rows;
        frame._experts = experts;
        frame._answer = answer;
        frame._rented = true;
        return frame;
    }

    /// <summary>Memory for the answer's rows, once: the front's own, or the pool's. Contents are undefined.</summary>
    public Pooled<float> TakeAnswer()
    {
        var answer = _answer ?? new Pooled<float>(Experts.Pairs * HiddenSize);
        _answer = null;
        return answer;
    }

    public override void Dispose()
    {
        var rented = Interlocked.Exchange(ref _rented, false);
        Debug.Assert(rented, "a frame was disposed twice");
        if (!rented)
            return;
        Rows.Dispose();
        Experts.Dispose();
        _answer?.Dispose();
        Rows = default;
        _experts = null;
        _answer = null;
        s_idle.Return(this);
    }
}
