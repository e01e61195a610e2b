using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Writes frames in order. Where nothing waits, a frame is written by the thread that brings it, as far as the socket takes it
/// at once; the rest, and what comes meanwhile, is left to a thread of the writer's own, which may wait.
/// </summary>
/// <param name="stream">Where to.</param>
/// <param name="shared">Memory that rows may pass through instead, if both sides share some.</param>
/// <param name="queueFrames">Most frames that wait.</param>
/// <param name="precision">How rows travel.</param>
/// <param name="failed">Hears of a write that failed. Nothing is written after it.</param>
internal sealed class LaneWriter(LaneStream stream, ISharedRows? shared, int queueFrames, RowPrecision precision, Action<Exception> failed)
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _left = new(false);
    private readonly Queue<LaneFrame?> _queue = new();
    private readonly EncodedFrame _encoded = new(precision);
    private LaneFrame? _frame;
    private int _written;
    private Thread? _thread;
    private bool _writing;
    private bool _isLeft;
    private bool _closed;
    private bool _pong;

    /// <summary>Takes the frame over. False where the queue is full: the frame stays the caller's.</summary>
    public bool TryWrite(LaneFrame frame)
    {
        lock (_lock)
        {
            if (_closed)
            {
                frame.Dispose();
                return true;
            }

            if (_writing)
            {
                if (_queue.Count >= queueFrames)
                    return false;
                _queue.Enqueue(frame);
                return true;
            }

            _writing = true;
        }

        Write(frame);
        return true;
    }

    /// <summary>Asks the peer for a sign of life; where frames wait, they will draw one.</summary>
    public void Ping() => Sign(pong: false);

    /// <summary>Answers a ping. Several that wait are answered once.</summary>
    public void Pong() => Sign(pong: true);

    /// <summary>Ends the writer's thread; what waits is disposed. The stream must be disposed before: that ends a write that waits.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_queue.TryDequeue(out var frame))
                frame?.Dispose();
            _left.Set();
        }
    }

    private void Sign(bool pong)
    {
        lock (_lock)
        {
            if (_closed || (pong && _pong))
                return;
            _pong |= pong;
            if (_writing)
            {
                if (_queue.Count < queueFrames)
                    _queue.Enqueue(null);
                else
                    _pong &= !pong;
                return;
            }

            _writing = true;
        }

        Write(null);
    }

    /// <summary>On the thread that brought the frame: never waits.</summary>
    private void Write(LaneFrame? frame)
    {
        try
        {
            do
            {
                Begin(frame);
                _written = stream.TryWrite(_encoded.First.Span);
                if (_written == _encoded.First.Length)
                    _written += stream.TryWrite(_encoded.Rest);
                if (_written < _encoded.Length)
                {
                    LeaveToThread();
                    return;
                }

                End();
            }
            while (TryNext(out frame));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Begin(LaneFrame? frame)
    {
        _frame = frame;
        if (frame is not null)
        {
            if (shared?.TryEncode(frame, _encoded) != true)
                LaneFrameCodec.Encode(frame, _encoded);
            return;
        }

        bool pong;
        lock (_lock)
            (pong, _pong) = (_pong, false);
        LaneFrameCodec.Sign(pong ? LaneFrameKind.Pong : LaneFrameKind.Ping, _encoded);
    }

    private void End()
    {
        _frame?.Dispose();
        _frame = null;
    }

    /// <summary>The next frame that waits; where there is none, the next that comes is written by who brings it.</summary>
    private bool TryNext(out LaneFrame? frame)
    {
        lock (_lock)
        {
            if (!_closed && _queue.TryDequeue(out frame))
                return true;
            frame = null;
            _writing = false;
            _isLeft = false;
            return false;
        }
    }

    private void LeaveToThread()
    {
        bool left;
        lock (_lock)
            left = _isLeft = !_closed;
        if (!left)
        {
            End();
            return;
        }

        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "lane-write" };
            _thread.Start();
        }

        _left.Set();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _left.WaitOne();
                lock (_lock)
                {
                    if (_closed)
                        break;
                }

                WriteLeft();
            }

            // A frame that was not left to this thread is still being written by who brought it.
            if (_isLeft)
                End();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>On the writer's own thread: the rest of a frame, then whatever waits.</summary>
    private void WriteLeft()
    {
        do
        {
            if (_written < _encoded.First.Length)
                stream.Write(_encoded.First.Span[_written..]);
            stream.Write(_encoded.Rest[Math.Max(0, _written - _encoded.First.Length)..]);
            End();
            if (!TryNext(out var frame))
                return;
            Begin(frame);
            _written = 0;
        }
        while (true);
    }

    private void Fail(Exception exception)
    {
        lock (_lock)
        {
            _closed = true;
            while (_queue.TryDequeue(out var frame))
                frame?.Dispose();
        }

        End();
        failed(exception);
    }
}
