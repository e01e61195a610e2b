using CsCheck;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>The bytes of frames. A difference from the golden ones breaks running clusters: it needs a new wire version.</summary>
public sealed class CodecTests
{
    private static readonly (string Name, Func<EncodedFrame> Encode)[] s_frames =
    [
        ("hello", () => LaneFrameCodec.Hello(Frames.Front)),
        ("refused", () => LaneFrameCodec.Refused("model hash a of x is not b of y")),
        ("ping", () => LaneFrameCodec.Sign(LaneFrameKind.Ping, new EncodedFrame())),
        ("pong", () => LaneFrameCodec.Sign(LaneFrameKind.Pong, new EncodedFrame())),
        ("dispatch", () => Frames.Encode(Frames.Dispatch())),
        ("contribution", () => Frames.Encode(Frames.Contribution())),
        ("dispatch-bf16", () => LaneFrameCodec.Encode(Frames.Dispatch(), new EncodedFrame(RowPrecision.Bf16))),
        ("contribution-bf16", () => LaneFrameCodec.Encode(Frames.Contribution(), new EncodedFrame(RowPrecision.Bf16))),
        ("shared-hello", () => LaneFrameCodec.Hello(Frames.Front, "0123456789abcdef0123456789abcdef")),
        ("shared-dispatch", () => LaneFrameCodec.EncodeShared(Frames.Dispatch(), 3, new EncodedFrame())),
        ("shared-contribution", () => LaneFrameCodec.EncodeShared(Frames.Contribution(), new EncodedFrame())),
        ("dispatch-failed", () => Frames.Encode(Frames.Failed())),
        ("range-request", () => Frames.Encode(Frames.RangeRequest())),
        ("range", () => Frames.Encode(Frames.Range())),
        ("range-failed", () => Frames.Encode(Frames.RangeFailed())),
    ];

    public static TheoryData<string> Names => [.. s_frames.Select(frame => frame.Name)];

    [Fact]
    public void Encode_EveryFrame_EqualsGolden()
    {
        var golden = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "golden", "frames.txt"));
        Assert.Equal(golden, s_frames.Select(frame => $"{frame.Name} {Convert.ToHexStringLower(Bytes(frame.Name))}"));
    }

    [Fact]
    public void Decode_RandomFrames_GivesThemBack() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 6], Gen.Int[1, 9], Gen.Int[0, WireLimits.MaxIndex], Gen.String).Sample((id, rows, hidden, layer, text) =>
        {
            LaneFrame[] frames =
            [
                DispatchFrame.Rent(
                    id, layer, (long)id, hidden, Frames.Floats(rows * hidden),
                    Frames.Experts([.. Enumerable.Range(0, rows).Select(row => (row * 2, new[] { row, row + 1 }))])),
                ContributionFrame.Rent(id, layer, hidden, Frames.Floats(rows * hidden)),
                new DispatchFailedFrame { DispatchId = id, Layer = layer, Failure = DispatchFailure.Overloaded, Message = Valid(text), Experts = [.. Enumerable.Range(0, rows)] },
                new RangeRequestFrame { DispatchId = id, Layer = layer, Expert = rows, Offset = (long)(id >> 1), Length = hidden },
                Frames.Range(id, rows * hidden),
                new RangeFailedFrame { DispatchId = id, Layer = layer, Message = Valid(text) },
            ];
            foreach (var frame in frames)
            {
                var encoded = Frames.Encode(frame);
                using var decoded = Decode(Frames.Bytes(encoded));
                Assert.Equal(Frames.Describe(frame), Frames.Describe(decoded));
                Assert.Equal(LaneFrameCodec.PayloadBytes(frame), encoded.Length - LaneHeader.Bytes);
            }
        });

    [Fact]
    public void DecodeHello_Identity_GivesItBack()
    {
        var encoded = LaneFrameCodec.Hello(Frames.Front, "d");
        Assert.Equal((Frames.Front, "d"), LaneFrameCodec.DecodeHello(encoded.First.Span[LaneHeader.Bytes..]));
    }

    [Fact]
    public void Refused_LongReason_IsCutBetweenCharacters()
    {
        var encoded = LaneFrameCodec.Refused(new string('é', 4000));
        Assert.Equal(new string('é', WireLimits.MaxMessageBytes / 2), LaneFrameCodec.DecodeRefused(encoded.First.Span[LaneHeader.Bytes..]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_AnyBitFlipped_IsRefused(string name)
    {
        var bytes = Bytes(name);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<LaneProtocolException>(() => Throw(() => Check(bytes)));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(8191)]
    [InlineData(16384)]
    [InlineData(16385)]
    public void Encode_FewOrManyRows_GivesTheSameBytes(int floats)
    {
        using var frame = Frames.Contribution(rows: floats, hiddenSize: 1);
        var bytes = Frames.Bytes(Frames.Encode(frame));
        using var decoded = Decode(bytes);
        Assert.Equal(Frames.Describe(frame), Frames.Describe(decoded));
        Assert.Equal(LaneHeader.Bytes + LaneFrameCodec.PayloadBytes(frame), bytes.Length);
    }

    [Fact]
    public void Encode_OneBufferForMany_KeepsNothingOfTheLast()
    {
        var encoded = new EncodedFrame();
        foreach (var rows in new[] { 40_000, 3, 70_000, 0 })
        {
            using var frame = Frames.Dispatch(rows: rows, hiddenSize: 1);
            Assert.Equal(Frames.Bytes(Frames.Encode(frame)), Frames.Bytes(LaneFrameCodec.Encode(frame, encoded)));
        }
    }

    [Theory]
    [InlineData("dispatch")]
    [InlineData("contribution")]
    [InlineData("dispatch-bf16")]
    [InlineData("contribution-bf16")]
    [InlineData("dispatch-failed")]
    [InlineData("range-request")]
    [InlineData("range")]
    [InlineData("range-failed")]
    public void Decode_PayloadCutAnywhere_IsRefused(string name)
    {
        var bytes = Bytes(name);
        var header = LaneHeader.Read(bytes, int.MaxValue);
        for (var length = LaneHeader.Bytes; length < bytes.Length; length++)
        {
            var cut = bytes[LaneHeader.Bytes..length];
            Assert.Throws<LaneProtocolException>(() => Frames.Decode(header, cut));
        }

        Assert.Throws<LaneProtocolException>(() => Frames.Decode(header, [.. bytes[LaneHeader.Bytes..], 0]));
    }

    [Theory]
    [InlineData(0, 0x47, "starts with")]
    [InlineData(4, 9, "wire version 9, this process 6")]
    [InlineData(6, 99, "frame kind 99")]
    [InlineData(7, 2, "flags are 2")]
    [InlineData(11, 0x7F, "at most 1000")]
    [InlineData(22, 1, "at most 65535")]
    public void Read_BadHeader_NamesFieldAndBound(int offset, byte value, string message)
    {
        var bytes = Bytes("dispatch");
        bytes[offset] = value;
        Assert.Contains(message, Assert.ThrowsAny<LaneProtocolException>(() => LaneHeader.Read(bytes, 1000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_RandomPayloads_GiveAFrameOrLaneProtocolException() =>
        Gen.Select(Gen.OneOf(Gen.Int[16, 18], Gen.Int[32, 34]).Select(kind => (LaneFrameKind)kind), Gen.Byte.Array[0, 80])
            .Sample((kind, payload) =>
            {
                try
                {
                    var frame = Frames.Decode(new LaneHeader(kind, payload.Length, 1, 1, 0), payload);
                    Assert.NotNull(frame);
                }
                catch (LaneProtocolException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }
            });

    private static byte[] Bytes(string name)
    {
        return Frames.Bytes(s_frames.Single(frame => frame.Name == name).Encode());
    }

    private static LaneFrame Decode(byte[] bytes)
    {
        var header = Check(bytes);
        return Frames.Decode(header, bytes.AsSpan(LaneHeader.Bytes));
    }

    private static LaneHeader Check(byte[] bytes)
    {
        var header = LaneHeader.Read(bytes, int.MaxValue);
        header.Verify(System.IO.Hashing.XxHash3.HashToUInt64(
            [.. bytes.AsSpan(0, LaneHeader.ChecksumOffset), .. bytes.AsSpan(LaneHeader.Bytes)]));
        return header;
    }

    /// <summary>A version that differs is a protocol error of its own type.</summary>
    private static void Throw(Action action)
    {
        try
        {
            action();
        }
        catch (LaneVersionException e)
        {
            throw new LaneProtocolException(e.Message);
        }
    }

    private static string Valid(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
