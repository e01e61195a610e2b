using System.Buffers.Binary;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>
/// Changes what an answer says and seals it anew, as a node would that computes wrongly. Every answer: the first may come too
/// late to be looked at.
/// </summary>
internal abstract class SealedAnew : LaneFault
{
    public sealed override Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        if (!IsWork(frame))
            return SendAsync(to, frame, cancellation);
        Hit();
        Change(frame.AsSpan(FrameReader.HeaderBytes));
        FrameSeal.Renew(frame);
        return SendAsync(to, frame, cancellation);
    }

    /// <param name="payload">Hidden size, rows, then the rows.</param>
    protected abstract void Change(Span<byte> payload);
}

/// <summary>One value is no number.</summary>
internal sealed class NotANumber : SealedAnew
{
    protected override void Change(Span<byte> payload) => BinaryPrimitives.WriteSingleLittleEndian(payload[^sizeof(float)..], float.NaN);
}

/// <summary>Rows of half the width, twice as many.</summary>
internal sealed class WrongShape : SealedAnew
{
    protected override void Change(Span<byte> payload)
    {
        var columns = BinaryPrimitives.ReadInt32LittleEndian(payload);
        var rows = payload[sizeof(int)..];
        BinaryPrimitives.WriteInt32LittleEndian(payload, columns / 2);
        BinaryPrimitives.WriteInt32LittleEndian(rows, BinaryPrimitives.ReadInt32LittleEndian(rows) * 2);
    }
}
