using System.Buffers;
using System.Net.Sockets;

namespace MoE.Lane;

/// <summary>Whole frames over a socket. One reader and one writer at a time; disposing ends both.</summary>
internal sealed class LaneStream : IDisposable
{
    /// <summary>Bytes that count as much as a whole frame when progress is asked for: a peer that drips makes none.</summary>
    private const int ProgressBytes = 64 << 10;

    private readonly Socket _socket;
    private readonly byte[] _header = new byte[LaneHeader.Bytes];
    private long _progress;
    private long _payloadBytes;

    public LaneStream(Socket socket, LaneSettings settings)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.SendBufferSize = settings.SocketBufferBytes;
        socket.ReceiveBufferSize = settings.SocketBufferBytes;
    }

    public string RemoteEndPoint => _socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>Grows with every frame read and every 64 KiB of a longer one.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>Reads one frame, its checksum verified.</summary>
    /// <returns>Null where the peer closed between two frames.</returns>
    /// <exception cref="LaneProtocolException">The bytes are no frame, or end inside one.</exception>
    public async ValueTask<ReceivedFrame?> ReadAsync(long maxPayloadBytes, CancellationToken cancellation)
    {
        if (!await FillAsync(_header, cancellation).ConfigureAwait(false))
            return null;
        var header = LaneHeader.Read(_header, maxPayloadBytes);
        var frame = new ReceivedFrame(header);
        try
        {
            if (header.PayloadBytes > 0 && !await FillAsync(frame.Buffer, cancellation).ConfigureAwait(false))
                throw new LaneProtocolException($"the connection ended before the {header.PayloadBytes} bytes of a {header.Kind} frame");
            header.Verify(_header, frame.Payload);
            Interlocked.Increment(ref _progress);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    /// <summary>Writes one frame and disposes it.</summary>
    public async ValueTask WriteAsync(EncodedFrame frame, CancellationToken cancellation)
    {
        using (frame)
        {
            for (var rest = frame.Memory; !rest.IsEmpty;)
                rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }
    }

    /// <summary>Says that nothing more will be written; what was written still arrives.</summary>
    public void EndWriting() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    /// <summary>False where the peer closed before the first byte.</summary>
    private async ValueTask<bool> FillAsync(Memory<byte> memory, CancellationToken cancellation)
    {
        for (var rest = memory; !rest.IsEmpty;)
        {
            var read = await _socket.ReceiveAsync(rest, SocketFlags.None, cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return rest.Length == memory.Length
                    ? false
                    : throw new LaneProtocolException($"the connection ended {rest.Length} bytes before the end of a frame");
            }

            rest = rest[read..];
            CountProgress(read);
        }

        return true;
    }

    private void CountProgress(int bytes)
    {
        _payloadBytes += bytes;
        if (_payloadBytes < ProgressBytes)
            return;
        _payloadBytes = 0;
        Interlocked.Increment(ref _progress);
    }
}

/// <summary>A frame as it came, in pooled memory.</summary>
internal sealed class ReceivedFrame(LaneHeader header) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(header.PayloadBytes);

    public LaneHeader Header => header;

    public Memory<byte> Buffer => _bytes.AsMemory(0, header.PayloadBytes);

    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(0, header.PayloadBytes);

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
