using System.IO.Hashing;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Whole frames over a socket. One reader and one writer at a time; disposing ends both.
/// <para>The reader blocks its thread in the kernel until bytes come: an asynchronous read would hand each arrival through two
/// more threads. The socket never blocks by itself; waiting is a step of its own.</para>
/// </summary>
internal sealed class LaneStream : IDisposable
{
    /// <summary>Bytes that count as much as a whole frame when progress is asked for: a peer that drips makes none.</summary>
    private const int ProgressBytes = 64 << 10;

    /// <summary>What one read takes at most, unless it goes straight to a frame's rows.</summary>
    private const int WindowBytes = 128 << 10;

    private readonly Socket _socket;
    private readonly XxHash3 _hash = new();
    private byte[] _window = new byte[WindowBytes];
    private int _start;
    private int _end;
    private long _progress;
    private long _payloadBytes;

    /// <param name="socket">Connected; taken over.</param>
    /// <param name="settings">Buffers.</param>
    public LaneStream(Socket socket, LaneSettings settings)
    {
        _socket = socket;
        socket.Blocking = false;
        socket.SendBufferSize = settings.SocketBufferBytes;
        socket.ReceiveBufferSize = settings.SocketBufferBytes;
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true;
    }

    /// <summary>Ends waits; null waits until the stream is disposed.</summary>
    public LaneDeadline? Deadline { get; set; }

    /// <summary>Grows with every frame read and every 64 KiB of a longer one.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>Whether something has come that was not read yet, be it the end.</summary>
    public bool HasInput => _end > _start || _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Waits for the next frame and reads its header.</summary>
    /// <returns>Null where the peer closed between two frames.</returns>
    /// <exception cref="LaneProtocolException">The bytes are no frame, or end inside one.</exception>
    public LaneHeader? ReadHeader(long maxPayloadBytes)
    {
        if (_window.Length > WindowBytes && _start == _end)
            (_window, _start, _end) = (new byte[WindowBytes], 0, 0);
        if (!Fill(LaneHeader.Bytes))
            return null;
        var header = LaneHeader.Read(_window.AsSpan(_start), maxPayloadBytes);
        _hash.Reset();
        _hash.Append(_window.AsSpan(_start, LaneHeader.ChecksumOffset));
        _start += LaneHeader.Bytes;
        return header;
    }

    /// <summary>The next bytes of the payload, which stay to be read; valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int bytes)
    {
        if (!Fill(bytes))
            throw new LaneProtocolException($"the connection ended {bytes} bytes before the end of a frame");
        return _window.AsSpan(_start, bytes);
    }

    /// <summary>The next bytes of the payload; valid until the next call but one that reads rows.</summary>
    public ReadOnlySpan<byte> Read(int bytes)
    {
        var read = Peek(bytes);
        _hash.Append(read);
        _start += bytes;
        return read;
    }

    /// <summary>The next bytes of the payload, straight to their place.</summary>
    public void Read(Pooled<float> rows, RowPrecision precision)
    {
        var rest = MemoryMarshal.AsBytes(rows.Span);
        if (precision == RowPrecision.Bf16)
            rest = rest[(rest.Length / 2)..];
        var waiting = Math.Min(rest.Length, _end - _start);
        _window.AsSpan(_start, waiting).CopyTo(rest);
        _start += waiting;
        _hash.Append(rest[..waiting]);
        for (rest = rest[waiting..]; !rest.IsEmpty;)
        {
            var read = Receive(rest);
            if (read == 0)
                throw new LaneProtocolException($"the connection ended {rest.Length} bytes before the end of a frame");
            _hash.Append(rest[..read]);
            rest = rest[read..];
        }

        if (precision == RowPrecision.Bf16)
            Bf16Rows.WidenInPlace(rows.Span);
    }

    /// <summary>The frame is read.</summary>
    /// <exception cref="LaneProtocolException">It was damaged on the way.</exception>
    public void End(LaneHeader header)
    {
        header.Verify(_hash.GetCurrentHashAsUInt64());
        Interlocked.Increment(ref _progress);
    }

    /// <summary>Writes what the socket takes at once.</summary>
    /// <returns>Bytes written.</returns>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        while (written < bytes.Length)
        {
            var sent = _socket.Send(bytes[written..], SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                break;
            if (error != SocketError.Success)
                throw new SocketException((int)error);
            written += sent;
        }

        return written;
    }

    /// <summary>Writes all, waiting where the socket's buffer is full.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        for (bytes = bytes[TryWrite(bytes)..]; !bytes.IsEmpty; bytes = bytes[TryWrite(bytes)..])
            Wait(SelectMode.SelectWrite);
    }

    /// <summary>Says that nothing more will be written; what was written still arrives.</summary>
    public void EndWriting() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    /// <summary>Has at least <paramref name="bytes"/> in the window. False where the peer closed and none was there.</summary>
    private bool Fill(int bytes)
    {
        if (_end - _start >= bytes)
            return true;
        if (_start > 0)
        {
            _window.AsSpan(_start, _end - _start).CopyTo(_window);
            (_start, _end) = (0, _end - _start);
        }

        if (_window.Length < bytes)
            Array.Resize(ref _window, bytes);
        while (_end < bytes)
        {
            var read = Receive(_window.AsSpan(_end));
            if (read == 0)
                return _end == 0 ? false : throw new LaneProtocolException($"the connection ended {bytes - _end} bytes before the end of a frame");
            _end += read;
        }

        return true;
    }

    /// <summary>Waits for bytes; 0 where the peer closed.</summary>
    private int Receive(Span<byte> destination)
    {
        while (true)
        {
            var read = _socket.Receive(destination, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                CountProgress(read);
                return read;
            }

            if (error != SocketError.WouldBlock)
                throw new SocketException((int)error);
            Wait(SelectMode.SelectRead);
        }
    }

    private void Wait(SelectMode mode) => LaneDeadline.Wait(_socket, mode, Deadline);

    private void CountProgress(int bytes)
    {
        _payloadBytes += bytes;
        if (_payloadBytes < ProgressBytes)
            return;
        _payloadBytes = 0;
        Interlocked.Increment(ref _progress);
    }
}
