using System.Buffers.Binary;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>Damages the first frame with rows or weights that it meets, and no other.</summary>
internal abstract class OneDamagedFrame : LaneFault
{
    public sealed override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation) =>
        IsWork(frame) && Hit() == 0
            ? await DamageAsync(frame, to, cancellation)
            : await SendAsync(to, frame, cancellation);

    protected abstract Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation);
}

/// <summary>Closes the connection inside the frame.</summary>
internal sealed class CutInsideAFrame : OneDamagedFrame
{
    protected override async Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        await SendAsync(to, frame.AsMemory(0, frame.Length / 2), cancellation);
        return false;
    }
}

/// <summary>Flips one bit of the rows or weights.</summary>
internal sealed class FlippedBit : OneDamagedFrame
{
    protected override Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        frame[^7] ^= 0x10;
        return SendAsync(to, frame, cancellation);
    }
}

/// <summary>Flips one bit and seals the frame anew, as a peer would whose own copy is damaged.</summary>
internal sealed class SealedFlippedBit : OneDamagedFrame
{
    protected override Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        frame[^7] ^= 0x10;
        FrameSeal.Renew(frame);
        return SendAsync(to, frame, cancellation);
    }
}

/// <summary>Sends some of the frame's bytes twice.</summary>
internal sealed class RepeatedBytes : OneDamagedFrame
{
    protected override async Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        await SendAsync(to, frame.AsMemory(0, frame.Length / 2), cancellation);
        return await SendAsync(to, frame.AsMemory(frame.Length / 4), cancellation);
    }
}

/// <summary>Sends the whole frame twice: sound bytes, an answer too many.</summary>
internal sealed class RepeatedFrame : OneDamagedFrame
{
    protected override async Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        await SendAsync(to, frame, cancellation);
        return await SendAsync(to, frame, cancellation);
    }
}

/// <summary>Says that the payload is longer than it is.</summary>
internal sealed class WrongLength : OneDamagedFrame
{
    protected override Task<bool> DamageAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        var length = frame.AsSpan(FrameReader.LengthOffset, sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(length, BinaryPrimitives.ReadInt32LittleEndian(length) + 64);
        return SendAsync(to, frame, cancellation);
    }
}
