using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>The node's end: reads a dispatch's rows in the front's buffer and has the answer computed into it.</summary>
internal sealed class BorrowedBuffers : ISharedRows
{
    /// <summary>Most buffers that a front may have: each is at least a mebibyte.</summary>
    private const int MostBuffers = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SharedBuffer> _buffers = [];
    private readonly string _name;
    private readonly Func<int, int, int, (Pooled<float> Rows, Pooled<float> Answer)> _view;
    private bool _closed;

    /// <param name="name">Of the front's <see cref="SharedDirectory"/>.</param>
    public BorrowedBuffers(string name)
    {
        _name = name;
        _view = View;
    }

    public bool TryEncode(LaneFrame frame, EncodedFrame encoded)
    {
        if (frame is not ContributionFrame { Rows.Lender: SharedBuffer } contribution)
            return false;
        LaneFrameCodec.EncodeShared(contribution, encoded);
        return true;
    }

    public LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> fields) => LaneFrameCodec.DecodeSharedDispatch(header, fields, _view);

    public void Received(LaneFrame frame)
    {
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var buffer in _buffers.Values)
                buffer.Return();
            _buffers.Clear();
        }
    }

    private (Pooled<float> Rows, Pooled<float> Answer) View(int number, int rowFloats, int answerFloats)
    {
        lock (_lock)
        {
            var buffer = Find(number);
            if (answerFloats > buffer.Length - rowFloats)
                throw new LaneProtocolException($"{rowFloats} values and an answer of {answerFloats} in buffer {number} of {buffer.Length}");
            return (buffer.View(0, rowFloats), buffer.View(rowFloats, answerFloats));
        }
    }

    private SharedBuffer Find(int number)
    {
        if (_buffers.TryGetValue(number, out var known))
            return known;
        if (_closed || _buffers.Count >= MostBuffers)
            throw new LaneProtocolException($"buffer {number} after {_buffers.Count} others");
        try
        {
            var buffer = new SharedBuffer(SharedFloats.Open(SharedDirectory.PathOf(_name, number)), number);
            _buffers.Add(number, buffer);
            return buffer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaneProtocolException($"buffer {number}: {e.Message}");
        }
    }
}
