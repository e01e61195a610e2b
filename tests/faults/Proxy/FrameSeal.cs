using System.Buffers.Binary;
using System.IO.Hashing;

namespace MoE.Faults;

/// <summary>A frame's checksum, at offset 24 of the header: it covers the bytes before it and the payload.</summary>
internal static class FrameSeal
{
    private const int ChecksumOffset = 24;

    /// <summary>Makes a changed frame look sound.</summary>
    public static void Renew(byte[] frame)
    {
        var hash = new XxHash3();
        hash.Append(frame.AsSpan(0, ChecksumOffset));
        hash.Append(frame.AsSpan(FrameReader.HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(ChecksumOffset), hash.GetCurrentHashAsUInt64());
    }
}
