using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Frames to send, and what makes two of them equal.</summary>
internal static class Frames
{
    public static readonly LaneIdentity Front = new(new NodeId("10.0.0.1:4053#0000000a"), "0123456789abcdef", "v1");
    public static readonly LaneIdentity Expert = new(new NodeId("10.0.0.2:4053#0000000b"), "0123456789abcdef", "v1");

    public static DispatchFrame Dispatch(ulong id = 7, int rows = 2, int hiddenSize = 3) =>
        DispatchFrame.Rent(id, 5, 9, hiddenSize, Floats(rows * hiddenSize), Experts((1, [0]), (4, [.. Enumerable.Range(0, rows)])));

    /// <summary>The experts of a frame, each with its rows.</summary>
    public static ExpertRows Experts(params (int Expert, int[] Rows)[] experts)
    {
        var rows = ExpertRows.Rent(experts.Length, experts.Sum(expert => expert.Rows.Length));
        foreach (var (expert, indices) in experts)
            indices.CopyTo(rows.Add(expert, indices.Length));
        return rows;
    }

    public static ContributionFrame Contribution(ulong id = 7, int rows = 3, int hiddenSize = 3) =>
        ContributionFrame.Rent(id, 5, hiddenSize, Floats(rows * hiddenSize));

    public static DispatchFailedFrame Failed(ulong id = 7, string message = "expert 4 is not here, à bientôt") => new()
    {
        DispatchId = id,
        Layer = 5,
        Failure = DispatchFailure.ExpertNotHeld,
        Message = message,
        Experts = [4],
    };

    public static RangeRequestFrame RangeRequest() => new() { DispatchId = 7, Layer = 5, Expert = 4, Offset = 5_000_000_000, Length = 65_536 };

    public static RangeFrame Range(ulong id = 7, int length = 5)
    {
        var bytes = new Pooled<byte>(length);
        for (var i = 0; i < length; i++)
            bytes.Span[i] = (byte)(i + 1);
        return new RangeFrame { DispatchId = id, Layer = 5, Bytes = bytes };
    }

    public static RangeFailedFrame RangeFailed() => new() { DispatchId = 7, Layer = 5, Message = "expert 5/4 is not here, à bientôt" };

    /// <summary>Encoded by a writer of its own.</summary>
    public static EncodedFrame Encode(LaneFrame frame) => LaneFrameCodec.Encode(frame, new EncodedFrame());

    /// <summary>All bytes of an encoded frame.</summary>
    public static byte[] Bytes(EncodedFrame encoded) => [.. encoded.First.Span, .. encoded.Rest];

    /// <summary>A payload that lies in one piece.</summary>
    public static LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> payload)
    {
        var floats = LaneFrameCodec.RowFloats(header, payload[..Math.Min(payload.Length, LaneFrameCodec.PrefixBytes)]);
        var bytes = floats * header.ValueBytes;
        if (bytes > payload.Length)
            throw new LaneProtocolException("the payload ends inside the rows");
        var rows = new Pooled<float>(floats);
        payload[^bytes..].CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(rows.Span)[(floats * sizeof(float) - bytes)..]);
        if (header.Precision == RowPrecision.Bf16)
            Bf16Rows.WidenInPlace(rows.Span);
        return LaneFrameCodec.Decode(header, payload[..^bytes], rows);
    }

    public static Pooled<float> Floats(int length)
    {
        var floats = new Pooled<float>(length);
        for (var i = 0; i < length; i++)
            floats.Span[i] = 0.5f * i - 1;
        return floats;
    }

    /// <summary>Everything that travels, as text that is equal for equal frames.</summary>
    public static string Describe(LaneFrame frame) => $"{frame.GetType().Name} {frame.DispatchId} {frame.Layer} " + frame switch
    {
        DispatchFrame dispatch => $"{dispatch.PlacementVersion} {dispatch.HiddenSize} "
            + string.Join(' ', Enumerable.Range(0, dispatch.Experts.Count).Select(i => $"{dispatch.Experts.Expert(i)}:{string.Join(',', dispatch.Experts.Rows(i).ToArray())}"))
            + Bits(dispatch.Rows),
        ContributionFrame contribution => $"{contribution.HiddenSize}{Bits(contribution.Rows)}",
        DispatchFailedFrame failed => $"{failed.Failure} {failed.Message} {string.Join(',', failed.Experts)}",
        RangeRequestFrame request => $"{request.Expert} {request.Offset} {request.Length}",
        RangeFrame range => Convert.ToHexString(range.Bytes.Span),
        RangeFailedFrame failed => failed.Message,
        _ => throw new ArgumentException($"{frame.GetType().Name} is no frame", nameof(frame)),
    };

    private static string Bits(Pooled<float> floats) =>
        string.Concat(floats.Span.ToArray().Select(value => $" {BitConverter.SingleToInt32Bits(value):x8}"));
}
