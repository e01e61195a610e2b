using System.Runtime.InteropServices;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Frames to bytes and back. Payloads, little-endian, after <see cref="LaneHeader"/>:
/// <list type="bullet">
/// <item>Dispatch: placement version i64, hidden size u32, row count u32, expert count u32, per expert (index u32, count u32,
/// rows u32[count]), rows f32 or bf16[row count, hidden size].</item>
/// <item>Contribution: hidden size u32, row count u32, rows f32 or bf16[row count, hidden size].</item>
/// <item>SharedDispatch: buffer u32, then as Dispatch without rows: they begin the buffer, the answer's follow. SharedContribution: as
/// Contribution without rows. Between processes that share memory.</item>
/// <item>DispatchFailed: failure u32, message (length u32, UTF-8), expert count u32, index u32 per expert.</item>
/// <item>RangeRequest: expert u32, offset i64, length u32. Range: length u32, bytes. RangeFailed: message (length u32, UTF-8).</item>
/// <item>Hello: node, model hash, numeric policy, the dialling side's directory of shared memory (empty for none; the answer says it again
/// where it sees it), each length u32 and UTF-8. Refused: the reason. Ping, Pong: nothing.</item>
/// </list>
/// </summary>
internal static class LaneFrameCodec
{
    private const int DispatchHead = 8 + 4 + 4 + 4;
    private const int ExpertHead = 4 + 4;
    private const int ContributionHead = 4 + 4;

    /// <summary>Most bytes of a payload before the hello is through.</summary>
    public const int MaxHandshakeBytes =
        4 * 4 + NodeId.MaxBytes + WireLimits.MaxHashBytes + WireLimits.MaxPolicyBytes + MaxDirectoryBytes + WireLimits.MaxMessageBytes;

    private const int MaxDirectoryBytes = 32;

    /// <summary>Bytes of the payload with rows of f32, the longest; a frame beyond the lane's bound is refused before it is encoded.</summary>
    public static long PayloadBytes(LaneFrame frame) => frame switch
    {
        DispatchFrame dispatch => DispatchHead + dispatch.Experts.Count * (long)ExpertHead + dispatch.Experts.Pairs * (long)sizeof(int)
            + (long)dispatch.Rows.Length * sizeof(float),
        ContributionFrame contribution => ContributionHead + (long)contribution.Rows.Length * sizeof(float),
        DispatchFailedFrame failed => 12 + WireText.Utf8(failed.Message, DispatchFailedFrame.MaxMessageBytes).Length + failed.Experts.Length * (long)sizeof(int),
        RangeRequestFrame => 4 + 8 + 4,
        RangeFrame range => 4 + (long)range.Bytes.Length,
        RangeFailedFrame failed => 4 + WireText.Utf8(failed.Message, WireLimits.MaxMessageBytes).Length,
        _ => throw new ArgumentException($"{frame.GetType().Name} has no encoding", nameof(frame)),
    };

    /// <summary>Encodes a frame of at most 2 GiB; the frame stays the caller's, and keeps its rows until the bytes are written.</summary>
    public static EncodedFrame Encode(LaneFrame frame, EncodedFrame encoded)
    {
        encoded.Begin();
        switch (frame)
        {
            case DispatchFrame dispatch:
                Fields(dispatch, encoded);
                encoded.Rows(dispatch.Rows);
                return encoded.Seal(LaneFrameKind.Dispatch, frame.DispatchId, frame.Layer);
            case ContributionFrame contribution:
                Fields(contribution, encoded);
                encoded.Rows(contribution.Rows);
                return encoded.Seal(LaneFrameKind.Contribution, frame.DispatchId, frame.Layer);
            case RangeRequestFrame request:
                encoded.Int32(request.Expert);
                encoded.Int64(request.Offset);
                encoded.Int32(request.Length);
                return encoded.Seal(LaneFrameKind.RangeRequest, frame.DispatchId, frame.Layer);
            case RangeFrame range:
                encoded.Text(range.Bytes.Span);
                return encoded.Seal(LaneFrameKind.Range, frame.DispatchId, frame.Layer);
            case RangeFailedFrame refused:
                encoded.Text(WireText.Utf8(refused.Message, WireLimits.MaxMessageBytes));
                return encoded.Seal(LaneFrameKind.RangeFailed, frame.DispatchId, frame.Layer);
            default:
                var failed = (DispatchFailedFrame)frame;
                encoded.Int32((int)failed.Failure);
                encoded.Text(WireText.Utf8(failed.Message, DispatchFailedFrame.MaxMessageBytes));
                encoded.Int32(failed.Experts.Length);
                encoded.Int32s(failed.Experts.AsSpan());
                return encoded.Seal(LaneFrameKind.DispatchFailed, frame.DispatchId, frame.Layer);
        }
    }

    /// <summary>A dispatch whose rows are in a buffer.</summary>
    public static EncodedFrame EncodeShared(DispatchFrame frame, int buffer, EncodedFrame encoded)
    {
        encoded.Begin().Int32(buffer);
        Fields(frame, encoded);
        return encoded.Seal(LaneFrameKind.SharedDispatch, frame.DispatchId, frame.Layer);
    }

    /// <summary>An answer whose rows are in its dispatch's buffer.</summary>
    public static EncodedFrame EncodeShared(ContributionFrame frame, EncodedFrame encoded)
    {
        Fields(frame, encoded.Begin());
        return encoded.Seal(LaneFrameKind.SharedContribution, frame.DispatchId, frame.Layer);
    }

    private static void Fields(DispatchFrame frame, EncodedFrame encoded)
    {
        encoded.Int64(frame.PlacementVersion);
        encoded.Int32(frame.HiddenSize);
        encoded.Int32(frame.RowCount);
        encoded.Int32(frame.Experts.Count);
        for (var i = 0; i < frame.Experts.Count; i++)
        {
            var rows = frame.Experts.Rows(i);
            encoded.Int32(frame.Experts.Expert(i));
            encoded.Int32(rows.Length);
            encoded.Int32s(rows);
        }
    }

    private static void Fields(ContributionFrame frame, EncodedFrame encoded)
    {
        encoded.Int32(frame.HiddenSize);
        encoded.Int32(frame.RowCount);
    }

    /// <param name="identity">Who speaks.</param>
    /// <param name="directory">A <see cref="SharedDirectory"/>'s name, or empty.</param>
    public static EncodedFrame Hello(LaneIdentity identity, string directory = "")
    {
        var encoded = new EncodedFrame().Begin();
        encoded.Text(WireText.Utf8(identity.Node.Value, NodeId.MaxBytes));
        encoded.Text(WireText.Utf8(identity.ModelHash, WireLimits.MaxHashBytes));
        encoded.Text(WireText.Utf8(identity.NumericPolicy, WireLimits.MaxPolicyBytes));
        encoded.Text(WireText.Utf8(directory, MaxDirectoryBytes));
        return encoded.Seal(LaneFrameKind.Hello);
    }

    public static EncodedFrame Refused(string reason)
    {
        var encoded = new EncodedFrame().Begin();
        encoded.Text(WireText.Utf8(reason, WireLimits.MaxMessageBytes));
        return encoded.Seal(LaneFrameKind.Refused);
    }

    /// <summary>Ping and pong: a header alone.</summary>
    public static EncodedFrame Sign(LaneFrameKind kind, EncodedFrame encoded) => encoded.Begin().Seal(kind);

    /// <summary>Bytes of the payload that <see cref="RowFloats"/> looks at, where there are as many.</summary>
    public const int PrefixBytes = DispatchHead;

    /// <summary>How many floats of rows end the payload; the fields before them are what <see cref="Decode"/> takes.</summary>
    /// <param name="header">A frame that carries work.</param>
    /// <param name="prefix">The payload's first bytes, at most <see cref="PrefixBytes"/>.</param>
    /// <exception cref="LaneProtocolException">The rows do not fit the payload.</exception>
    public static int RowFloats(LaneHeader header, ReadOnlySpan<byte> prefix)
    {
        var reader = new PayloadReader(prefix, header.Kind);
        switch (header.Kind)
        {
            case LaneFrameKind.Dispatch:
                reader.Int64("placement version");
                return reader.RowFloats(header.PayloadBytes - DispatchHead, header.ValueBytes);
            case LaneFrameKind.Contribution:
                return reader.RowFloats(header.PayloadBytes - ContributionHead, header.ValueBytes);
            case LaneFrameKind.SharedDispatch or LaneFrameKind.SharedContribution or LaneFrameKind.DispatchFailed
                or LaneFrameKind.RangeRequest or LaneFrameKind.Range or LaneFrameKind.RangeFailed:
                return 0;
            default:
                throw new LaneProtocolException($"a {header.Kind} frame carries no work");
        }
    }

    /// <summary>A whole frame. Takes the rows over, unless it throws.</summary>
    /// <param name="header">A frame that carries work.</param>
    /// <param name="fields">The payload before the rows.</param>
    /// <param name="rows">The rows, or null where <see cref="RowFloats"/> is 0.</param>
    /// <exception cref="LaneProtocolException">The payload is no such frame.</exception>
    public static LaneFrame Decode(LaneHeader header, ReadOnlySpan<byte> fields, Pooled<float>? rows)
    {
        var reader = new PayloadReader(fields, header.Kind);
        return header.Kind switch
        {
            LaneFrameKind.Dispatch => DecodeDispatch(header, ref reader, rows),
            LaneFrameKind.Contribution => DecodeContribution(header, ref reader, rows),
            LaneFrameKind.DispatchFailed => DecodeFailed(header, ref reader),
            LaneFrameKind.RangeRequest => DecodeRequest(header, ref reader),
            LaneFrameKind.Range => DecodeRange(header, ref reader),
            LaneFrameKind.RangeFailed => DecodeRangeFailed(header, ref reader),
            _ => throw new LaneProtocolException($"a {header.Kind} frame carries no work"),
        };
    }

    /// <exception cref="LaneProtocolException">The payload is no hello.</exception>
    public static (LaneIdentity Identity, string Directory) DecodeHello(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, LaneFrameKind.Hello);
        var identity = new LaneIdentity(
            new NodeId(reader.Text("node", NodeId.MaxBytes)),
            reader.Text("model hash", WireLimits.MaxHashBytes),
            reader.Text("numeric policy", WireLimits.MaxPolicyBytes));
        var directory = reader.Text("directory of shared memory", MaxDirectoryBytes);
        reader.End();
        return (identity, directory);
    }

    /// <exception cref="LaneProtocolException">The payload is no refusal.</exception>
    public static string DecodeRefused(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, LaneFrameKind.Refused);
        var reason = reader.Text("reason", WireLimits.MaxMessageBytes);
        reader.End();
        return reason;
    }

    /// <summary>A dispatch whose rows are in a buffer.</summary>
    /// <param name="header">Of that kind.</param>
    /// <param name="fields">The payload.</param>
    /// <param name="find">From the buffer's number, the floats of the rows and those of the answer: both.</param>
    /// <exception cref="LaneProtocolException">The payload is no such frame.</exception>
    public static DispatchFrame DecodeSharedDispatch(
        LaneHeader header, ReadOnlySpan<byte> fields, Func<int, int, int, (Pooled<float> Rows, Pooled<float> Answer)> find)
    {
        var reader = new PayloadReader(fields, header.Kind);
        var buffer = reader.Int32("buffer", WireLimits.MaxIndex);
        var version = reader.Int64("placement version");
        var hiddenSize = reader.Int32("hidden size");
        var rowCount = reader.Int32("row count");
        var experts = DecodeExperts(ref reader);
        try
        {
            var (rows, answer) = find(buffer, Floats(header, hiddenSize, rowCount), Floats(header, hiddenSize, experts.Pairs));
            return DispatchFrame.Rent(header.DispatchId, header.Layer, version, hiddenSize, rows, experts, answer);
        }
        catch
        {
            experts.Dispose();
            throw;
        }
    }

    /// <summary>How many values of an answer its dispatch's buffer holds.</summary>
    /// <exception cref="LaneProtocolException">The payload is no such frame.</exception>
    public static (int HiddenSize, int Floats) DecodeSharedContribution(LaneHeader header, ReadOnlySpan<byte> fields)
    {
        var reader = new PayloadReader(fields, header.Kind);
        var hiddenSize = reader.Int32("hidden size");
        var rowCount = reader.Int32("row count");
        reader.End();
        return (hiddenSize, Floats(header, hiddenSize, rowCount));
    }

    private static int Floats(LaneHeader header, int hiddenSize, int rowCount)
    {
        var floats = hiddenSize * (long)rowCount;
        return floats <= int.MaxValue
            ? (int)floats
            : throw new LaneProtocolException($"a {header.Kind} frame: {rowCount} rows of {hiddenSize} are {floats} values; at most {int.MaxValue}");
    }

    private static DispatchFrame DecodeDispatch(LaneHeader header, ref PayloadReader reader, Pooled<float>? rows)
    {
        var version = reader.Int64("placement version");
        var hiddenSize = reader.Int32("hidden size");
        reader.Int32("row count");
        var experts = DecodeExperts(ref reader);
        return DispatchFrame.Rent(header.DispatchId, header.Layer, version, hiddenSize, rows ?? new Pooled<float>(0), experts);
    }

    private static ExpertRows DecodeExperts(ref PayloadReader reader)
    {
        var count = reader.Count("expert count", ExpertHead);
        var experts = ExpertRows.Rent(count, reader.BytesLeft / sizeof(int));
        try
        {
            for (var i = 0; i < count; i++)
            {
                var expert = reader.Int32("expert", WireLimits.MaxIndex);
                reader.Int32s("rows of an expert", experts.Add(expert, reader.Count("rows of an expert", sizeof(int))));
            }

            reader.End();
            return experts;
        }
        catch
        {
            experts.Dispose();
            throw;
        }
    }

    private static ContributionFrame DecodeContribution(LaneHeader header, ref PayloadReader reader, Pooled<float>? rows)
    {
        var hiddenSize = reader.Int32("hidden size");
        reader.Int32("row count");
        reader.End();
        return ContributionFrame.Rent(header.DispatchId, header.Layer, hiddenSize, rows ?? new Pooled<float>(0));
    }

    private static DispatchFailedFrame DecodeFailed(LaneHeader header, ref PayloadReader reader)
    {
        var failure = (DispatchFailure)reader.Int32("failure");
        if (!Enum.IsDefined(failure))
            throw new LaneProtocolException($"a DispatchFailed frame: failure {(int)failure} is unknown");
        var message = reader.Text("message", DispatchFailedFrame.MaxMessageBytes);
        var experts = new int[reader.Count("expert count", sizeof(int))];
        reader.Int32s("experts", experts);
        reader.End();
        return new DispatchFailedFrame
        {
            DispatchId = header.DispatchId,
            Layer = header.Layer,
            Failure = failure,
            Message = message,
            Experts = ImmutableCollectionsMarshal.AsImmutableArray(experts),
        };
    }

    private static RangeRequestFrame DecodeRequest(LaneHeader header, ref PayloadReader reader)
    {
        var expert = reader.Int32("expert", WireLimits.MaxIndex);
        var offset = reader.Int64("offset");
        var length = reader.Int32("length", RangeRequestFrame.MaxBytes);
        reader.End();
        return new RangeRequestFrame { DispatchId = header.DispatchId, Layer = header.Layer, Expert = expert, Offset = offset, Length = length };
    }

    private static RangeFrame DecodeRange(LaneHeader header, ref PayloadReader reader)
    {
        var bytes = reader.Bytes("bytes", RangeRequestFrame.MaxBytes);
        reader.End();
        var pooled = new Pooled<byte>(bytes.Length);
        bytes.CopyTo(pooled.Span);
        return new RangeFrame { DispatchId = header.DispatchId, Layer = header.Layer, Bytes = pooled };
    }

    private static RangeFailedFrame DecodeRangeFailed(LaneHeader header, ref PayloadReader reader)
    {
        var message = reader.Text("message", WireLimits.MaxMessageBytes);
        reader.End();
        return new RangeFailedFrame { DispatchId = header.DispatchId, Layer = header.Layer, Message = message };
    }
}
