namespace MoE.Protocol;

/// <summary>
/// What travels on the data lane. A frame owns pooled memory: whoever receives one disposes it, once, whoever sends one gives it
/// up. Inside one process the same object is handed over; between processes <c>MoE.Lane</c> encodes it.
/// <para>Sender and reply: a frame is told to its receiver with the connection (or, in one process, the peer's actor) as the
/// Akka sender; the answer is told to that sender.</para>
/// </summary>
public abstract class LaneFrame : IOwningMessage
{
    private ulong _dispatchId;
    private int _layer;

    /// <summary>The dispatch, or the request for a range of weights, that this frame belongs to: unique for one life of whoever asked.</summary>
    public required ulong DispatchId
    {
        get => _dispatchId;
        init => _dispatchId = value;
    }

    /// <summary>The layer's index in the model.</summary>
    public required int Layer
    {
        get => _layer;
        init => _layer = value;
    }

    public abstract void Dispose();

    /// <summary>For frames whose objects are used again: it is another frame from now on.</summary>
    private protected void Begin(ulong dispatchId, int layer) => (_dispatchId, _layer) = (dispatchId, layer);
}
