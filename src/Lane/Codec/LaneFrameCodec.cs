using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Frames to bytes and back. Payloads, little-endian, after <see cref="LaneHeader"/>:
/// <list type="bullet">
/// <item>Dispatch: placement version i64, hidden size u32, row count u32, expert count u32, per expert (index u32, count u32,
/// rows u32[count]), rows f32[row count, hidden size].</item>
/// <item>Contribution: hidden size u32, row count u32, rows f32[row count, hidden size].</item>
/// <item>DispatchFailed: failure u32, message (length u32, UTF-8).</item>
/// <item>Hello: node, model hash, numeric policy, each length u32 and UTF-8. Refused: the reason. Ping, Pong: nothing.</item>
/// </list>
/// </summary>
internal static class LaneFrameCodec
{
    private const int DispatchHead = 8 + 4 + 4 + 4;
    private const int ExpertHead = 4 + 4;
    private const int ContributionHead = 4 + 4;

    /// <summary>Most bytes of a payload before the hello is through.</summary>
    public const int MaxHandshakeBytes = 3 * 4 + NodeId.MaxBytes + WireLimits.MaxHashBytes + WireLimits.MaxPolicyBytes + WireLimits.MaxMessageBytes;

    /// <summary>Bytes of the payload; a frame beyond the lane's bound is refused before it is encoded.</summary>
    public static long PayloadBytes(LaneFrame frame) => frame switch
    {
        DispatchFrame dispatch => DispatchHead + dispatch.Experts.Sum(expert => ExpertHead + (long)expert.Rows.Length * sizeof(int))
            + (long)dispatch.Rows.Length * sizeof(float),
        ContributionFrame contribution => ContributionHead + (long)contribution.Rows.Length * sizeof(float),
        DispatchFailedFrame failed => 8 + WireText.Utf8(failed.Message, DispatchFailedFrame.MaxMessageBytes).Length,
        _ => throw new ArgumentException($"{frame.GetType().Name} has no encoding", nameof(frame)),
    };

    /// <summary>Encodes a frame of at most 2 GiB; the frame stays the caller's.</summary>
    public static EncodedFrame Encode(LaneFrame frame)
    {
        var encoded = new EncodedFrame(checked((int)PayloadBytes(frame)));
        switch (frame)
        {
            case DispatchFrame dispatch:
                encoded.Int64(dispatch.PlacementVersion);
                encoded.Int32(dispatch.HiddenSize);
                encoded.Int32(dispatch.RowCount);
                encoded.Int32(dispatch.Experts.Count);
                foreach (var expert in dispatch.Experts)
                {
                    encoded.Int32(expert.Expert);
                    encoded.Int32(expert.Rows.Length);
                    encoded.Int32s(expert.Rows);
                }

                encoded.Floats(dispatch.Rows.Span);
                return encoded.Seal(LaneFrameKind.Dispatch, frame.DispatchId, frame.Layer);
            case ContributionFrame contribution:
                encoded.Int32(contribution.HiddenSize);
                encoded.Int32(contribution.RowCount);
                encoded.Floats(contribution.Rows.Span);
                return encoded.Seal(LaneFrameKind.Contribution, frame.DispatchId, frame.Layer);
            default:
                var failed = (DispatchFailedFrame)frame;
                encoded.Int32((int)failed.Failure);
                encoded.Text(WireText.Utf8(failed.Message, DispatchFailedFrame.MaxMessageBytes));
                return encoded.Seal(LaneFrameKind.DispatchFailed, frame.DispatchId, frame.Layer);
        }
    }

    public static EncodedFrame Hello(LaneIdentity identity)
    {
        var node = WireText.Utf8(identity.Node.Value, NodeId.MaxBytes);
        var hash = WireText.Utf8(identity.ModelHash, WireLimits.MaxHashBytes);
        var policy = WireText.Utf8(identity.NumericPolicy, WireLimits.MaxPolicyBytes);
        var encoded = new EncodedFrame(3 * sizeof(int) + node.Length + hash.Length + policy.Length);
        encoded.Text(node);
        encoded.Text(hash);
        encoded.Text(policy);
        return encoded.Seal(LaneFrameKind.Hello);
    }

    public static EncodedFrame Refused(string reason)
    {
        var text = WireText.Utf8(reason, WireLimits.MaxMessageBytes);
        var encoded = new EncodedFrame(sizeof(int) + text.Length);
        encoded.Text(text);
        return encoded.Seal(LaneFrameKind.Refused);
    }

    public static EncodedFrame Ping() => new EncodedFrame(0).Seal(LaneFrameKind.Ping);

    public static EncodedFrame Pong() => new EncodedFrame(0).Seal(LaneFrameKind.Pong);

    /// <exception cref="LaneProtocolException">The payload is no such frame.</exception>
    public static LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, header.Kind);
        return header.Kind switch
        {
            LaneFrameKind.Dispatch => DecodeDispatch(header, ref reader),
            LaneFrameKind.Contribution => DecodeContribution(header, ref reader),
            LaneFrameKind.DispatchFailed => DecodeFailed(header, ref reader),
            _ => throw new LaneProtocolException($"a {header.Kind} frame carries no work"),
        };
    }

    /// <exception cref="LaneProtocolException">The payload is no hello.</exception>
    public static LaneIdentity DecodeHello(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, LaneFrameKind.Hello);
        var identity = new LaneIdentity(
            new NodeId(reader.Text("node", NodeId.MaxBytes)),
            reader.Text("model hash", WireLimits.MaxHashBytes),
            reader.Text("numeric policy", WireLimits.MaxPolicyBytes));
        reader.End();
        return identity;
    }

    /// <exception cref="LaneProtocolException">The payload is no refusal.</exception>
    public static string DecodeRefused(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, LaneFrameKind.Refused);
        var reason = reader.Text("reason", WireLimits.MaxMessageBytes);
        reader.End();
        return reason;
    }

    private static DispatchFrame DecodeDispatch(LaneHeader header, ref PayloadReader reader)
    {
        var version = reader.Int64("placement version");
        var hiddenSize = reader.Int32("hidden size");
        var rowCount = reader.Int32("row count");
        var experts = new ExpertRows[reader.Count("expert count", ExpertHead)];
        for (var i = 0; i < experts.Length; i++)
        {
            var expert = reader.Int32("expert", WireLimits.MaxIndex);
            experts[i] = new ExpertRows(expert, reader.Int32s("rows of an expert", reader.Count("rows of an expert", sizeof(int))));
        }

        return new DispatchFrame
        {
            DispatchId = header.DispatchId,
            Layer = header.Layer,
            PlacementVersion = version,
            HiddenSize = hiddenSize,
            Experts = experts,
            Rows = reader.Rows(rowCount, hiddenSize),
        };
    }

    private static ContributionFrame DecodeContribution(LaneHeader header, ref PayloadReader reader)
    {
        var hiddenSize = reader.Int32("hidden size");
        var rowCount = reader.Int32("row count");
        return new ContributionFrame
        {
            DispatchId = header.DispatchId,
            Layer = header.Layer,
            HiddenSize = hiddenSize,
            Rows = reader.Rows(rowCount, hiddenSize),
        };
    }

    private static DispatchFailedFrame DecodeFailed(LaneHeader header, ref PayloadReader reader)
    {
        var failure = (DispatchFailure)reader.Int32("failure");
        if (!Enum.IsDefined(failure))
            throw new LaneProtocolException($"a DispatchFailed frame: failure {(int)failure} is unknown");
        var message = reader.Text("message", DispatchFailedFrame.MaxMessageBytes);
        reader.End();
        return new DispatchFailedFrame { DispatchId = header.DispatchId, Layer = header.Layer, Failure = failure, Message = message };
    }
}
