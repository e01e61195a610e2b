using System.Threading.Channels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>The frames that wait to be written, and the task that writes them in order.</summary>
internal sealed class LaneWriter
{
    private readonly Channel<LaneFrame?> _queue;
    private readonly LaneStream _stream;
    private int _pongs;

    public LaneWriter(LaneStream stream, int queueFrames)
    {
        _stream = stream;
        _queue = Channel.CreateBounded<LaneFrame?>(new BoundedChannelOptions(queueFrames) { SingleReader = true });
    }

    /// <summary>Takes the frame over. False where the queue is full: the frame stays the caller's.</summary>
    public bool TryWrite(LaneFrame frame) => _queue.Writer.TryWrite(frame);

    /// <summary>Asks the peer for a sign of life; where the queue is full, what waits there will draw one.</summary>
    public void Ping() => _queue.Writer.TryWrite(null);

    /// <summary>Answers a ping. Several that wait are answered once.</summary>
    public void Pong()
    {
        if (Interlocked.Exchange(ref _pongs, 1) == 0)
            _queue.Writer.TryWrite(null);
    }

    /// <summary>Writes until the lane ends; whatever waits then is disposed.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var frame in _queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                await _stream.WriteAsync(Encode(frame), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var frame))
                frame?.Dispose();
        }
    }

    private EncodedFrame Encode(LaneFrame? frame)
    {
        if (frame is null)
            return Interlocked.Exchange(ref _pongs, 0) == 1 ? LaneFrameCodec.Pong() : LaneFrameCodec.Ping();
        using (frame)
            return LaneFrameCodec.Encode(frame);
    }
}
