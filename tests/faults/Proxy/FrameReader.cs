using System.Buffers.Binary;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>Cuts a lane's bytes into frames: 32 bytes of header, the payload's length at offset 8.</summary>
internal sealed class FrameReader(Socket socket)
{
    public const int HeaderBytes = 32;
    public const int LengthOffset = 8;

    /// <returns>One whole frame, or null at the end.</returns>
    public async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        var header = new byte[HeaderBytes];
        if (!await FillAsync(header, cancellation))
            return null;
        var frame = new byte[HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(LengthOffset))];
        header.CopyTo(frame, 0);
        return await FillAsync(frame.AsMemory(HeaderBytes), cancellation) ? frame : null;
    }

    private async Task<bool> FillAsync(Memory<byte> rest, CancellationToken cancellation)
    {
        while (!rest.IsEmpty)
        {
            var read = await socket.ReceiveAsync(rest, SocketFlags.None, cancellation);
            if (read == 0)
                return false;
            rest = rest[read..];
        }

        return true;
    }
}
