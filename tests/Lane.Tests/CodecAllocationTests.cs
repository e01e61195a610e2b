using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>What frames of a dispatch allocate on their way through bytes, after the first few: nothing.</summary>
public class CodecAllocationTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(40, 2048)]
    public void EncodeDecode_FramesOfADispatch_AllocateNothing(int rows, int hiddenSize)
    {
        var encoded = new EncodedFrame();
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++)
            {
                Pass(Dispatch(rows, hiddenSize), encoded);
                Pass(ContributionFrame.Rent(7, 5, hiddenSize, new Pooled<float>(rows * hiddenSize)), encoded);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static DispatchFrame Dispatch(int rows, int hiddenSize)
    {
        var experts = ExpertRows.Rent(1, rows);
        var indices = experts.Add(3, rows);
        for (var row = 0; row < rows; row++)
            indices[row] = row;
        return DispatchFrame.Rent(7, 5, 9, hiddenSize, new Pooled<float>(rows * hiddenSize), experts);
    }

    /// <summary>As a writer and the peer's reader do, but for the socket: the rows need no copy there.</summary>
    private static void Pass(LaneFrame frame, EncodedFrame encoded)
    {
        LaneFrameCodec.Encode(frame, encoded);
        var bytes = encoded.First.Span;
        var header = LaneHeader.Read(bytes, 1 << 30);
        var payload = bytes[LaneHeader.Bytes..];
        var floats = LaneFrameCodec.RowFloats(header, payload[..Math.Min(payload.Length, LaneFrameCodec.PrefixBytes)]);
        var fields = payload[..(header.PayloadBytes - floats * header.ValueBytes)];
        LaneFrameCodec.Decode(header, fields, new Pooled<float>(floats)).Dispose();
        frame.Dispose();
    }
}
