using System.Numerics;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// The front's end: a dispatch gets a buffer, which the node may use until it has answered; then the front reads the answer in it
/// for as long as it likes, and the next dispatch gets it. A buffer that a node still has when the lane ends is never used again,
/// so a node that hung may write whenever it wakes.
/// </summary>
/// <param name="directory">For their files. Taken over.</param>
/// <param name="maxBytes">Most bytes of all.</param>
internal sealed class LentBuffers(SharedDirectory directory, long maxBytes) : ISharedRows
{
    /// <summary>Shorter answers go through the socket: a copy of these costs less than the cache misses of memory that was not used lately.</summary>
    private const int LeastBytes = 64 << 10;

    private const int LeastFloats = 256 << 10;

    private readonly Lock _lock = new();
    private readonly List<LentBuffer> _free = [];
    private readonly Dictionary<ulong, LentBuffer> _lent = [];
    private long _bytes;
    private int _numbers;
    private bool _closed;

    public bool TryEncode(LaneFrame frame, EncodedFrame encoded)
    {
        if (frame is not DispatchFrame dispatch)
            return false;
        var answer = dispatch.Experts.Pairs * (long)dispatch.HiddenSize;
        if (answer * sizeof(float) < LeastBytes || Lend(dispatch.DispatchId, dispatch.Rows.Length, answer) is not var (number, rows))
            return false;

        // The lane may end meanwhile, on another thread: the view keeps the memory mapped.
        using (rows)
            dispatch.Rows.Span.CopyTo(rows.Span);
        LaneFrameCodec.EncodeShared(dispatch, number, encoded);
        return true;
    }

    public LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> fields)
    {
        var (hiddenSize, floats) = LaneFrameCodec.DecodeSharedContribution(header, fields);
        lock (_lock)
        {
            if (!_lent.TryGetValue(header.DispatchId, out var buffer))
                throw new LaneProtocolException($"an answer in the buffer of dispatch {header.DispatchId}, which has none");
            if (floats > buffer.Shared.Length - buffer.AnswerStart)
                throw new LaneProtocolException($"an answer of {floats} values in a buffer with room for {buffer.Shared.Length - buffer.AnswerStart}");
            _lent.Remove(header.DispatchId);
            buffer.RemoveFile(directory);
            return ContributionFrame.Rent(header.DispatchId, header.Layer, hiddenSize, buffer.View(floats));
        }
    }

    public void Received(LaneFrame frame)
    {
        lock (_lock)
        {
            if (frame is ContributionFrame or DispatchFailedFrame && _lent.Remove(frame.DispatchId, out var buffer))
                _free.Add(buffer);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            foreach (var buffer in _free.Concat(_lent.Values))
                buffer.Shared.Return();
            _free.Clear();
            _lent.Clear();
            directory.Dispose();
        }
    }

    /// <returns>The buffer's number and the place of the dispatch's rows; null where there is none to lend.</returns>
    private (int Number, Pooled<float> Rows)? Lend(ulong dispatchId, int rows, long answer)
    {
        lock (_lock)
        {
            if (_closed || _lent.ContainsKey(dispatchId) || (Smallest(rows + answer) ?? Create(rows + answer)) is not { } buffer)
                return null;
            buffer.AnswerStart = rows;
            _lent.Add(dispatchId, buffer);
            return (buffer.Shared.Number, buffer.Shared.View(0, rows));
        }
    }

    private LentBuffer? Smallest(long floats)
    {
        var best = -1;
        for (var i = 0; i < _free.Count; i++)
        {
            if (_free[i].Shared.Length >= floats && (best < 0 || _free[i].Shared.Length < _free[best].Shared.Length))
                best = i;
        }

        if (best < 0)
            return null;
        var buffer = _free[best];
        _free.RemoveAt(best);
        return buffer;
    }

    private LentBuffer? Create(long floats)
    {
        var length = Rounded(floats);
        if (length > int.MaxValue || length * sizeof(float) > maxBytes - _bytes)
            return null;
        try
        {
            var shared = new SharedBuffer(SharedFloats.Create(SharedDirectory.PathOf(directory.Name, _numbers), (int)length), _numbers);
            _numbers++;
            _bytes += length * sizeof(float);
            return new LentBuffer(this, shared);
        }
        catch (IOException)
        {
            // Memory for files is full: nothing more is made, rows travel through the socket.
            _bytes = maxBytes;
            return null;
        }
    }

    /// <summary>Up to the next quarter of a power of two, so that dispatches of nearly the same size share buffers.</summary>
    private static long Rounded(long floats)
    {
        var step = Math.Max(LeastFloats, (long)BitOperations.RoundUpToPowerOf2((ulong)floats) / 8);
        return (floats + step - 1) / step * step;
    }

    private void Return(LentBuffer buffer)
    {
        lock (_lock)
        {
            buffer.Shared.Return();
            if (_closed)
                buffer.Shared.Return();
            else
                _free.Add(buffer);
        }
    }

    /// <summary>A buffer, and where it is.</summary>
    private sealed class LentBuffer(LentBuffers owner, SharedBuffer shared) : IMemoryLender
    {
        private bool _removed;

        public SharedBuffer Shared => shared;

        /// <summary>Where the answer begins, behind the dispatch's rows.</summary>
        public int AnswerStart { get; set; }

        /// <summary>The answer's rows; whoever disposes them gives the buffer back.</summary>
        public Pooled<float> View(int length) => shared.View(AnswerStart, length, this);

        /// <summary>The node has it mapped, so nobody needs its name: a killed front leaves none.</summary>
        public void RemoveFile(SharedDirectory directory)
        {
            if (_removed)
                return;
            _removed = true;
            directory.Remove(shared.Number);
        }

        public void Return() => owner.Return(this);
    }
}
