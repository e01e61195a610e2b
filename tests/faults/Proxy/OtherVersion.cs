using System.Buffers.Binary;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>Frames of another release: the version at offset 4 of every header is one that nobody speaks.</summary>
internal sealed class OtherVersion : LaneFault
{
    private const int VersionOffset = 4;
    private const ushort Version = 999;

    public override Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        Hit();
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(VersionOffset), Version);
        return SendAsync(to, frame, cancellation);
    }
}
