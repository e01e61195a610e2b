using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Rows that two processes of one machine pass through shared memory, so that neither the system nor a checksum goes over their
/// bytes: those of a node in the front's own process are not copied either. Frames then say only which buffer; what does not fit
/// in one travels in its frame. Values stay f32: nodes round what they compute with and what they answer, with or without a wire.
/// Thread-safe; disposing ends it with its lane.
/// </summary>
internal interface ISharedRows : IDisposable
{
    /// <summary>Encodes a frame whose rows the other side finds in a buffer. False where they travel in the frame.</summary>
    bool TryEncode(LaneFrame frame, EncodedFrame encoded);

    /// <summary>A frame whose rows are in a buffer.</summary>
    /// <param name="header">Of a kind that has none itself.</param>
    /// <param name="fields">The payload.</param>
    /// <exception cref="LaneProtocolException">The payload is no such frame, or there is no such buffer.</exception>
    LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> fields);

    /// <summary>A frame came that had its rows itself, or none.</summary>
    void Received(LaneFrame frame);
}
