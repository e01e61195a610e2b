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
        ("ping", LaneFrameCodec.Ping),
        ("pong", LaneFrameCodec.Pong),
        ("dispatch", () => LaneFrameCodec.Encode(Frames.Dispatch())),
        ("contribution", () => LaneFrameCodec.Encode(Frames.Contribution())),
        ("dispatch-failed", () => LaneFrameCodec.Encode(Frames.Failed())),
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
                new DispatchFrame
                {
                    DispatchId = id, Layer = layer, PlacementVersion = (long)id, HiddenSize = hidden, Rows = Frames.Floats(rows * hidden),
                    Experts = [.. Enumerable.Range(0, rows).Select(row => new ExpertRows(row * 2, [row, row + 1]))],
                },
                new ContributionFrame { DispatchId = id, Layer = layer, HiddenSize = hidden, Rows = Frames.Floats(rows * hidden) },
                new DispatchFailedFrame { DispatchId = id, Layer = layer, Failure = DispatchFailure.Overloaded, Message = Valid(text) },
            ];
            foreach (var frame in frames)
            {
                using var encoded = LaneFrameCodec.Encode(frame);
                using var decoded = Decode(encoded.Memory.ToArray());
                Assert.Equal(Frames.Describe(frame), Frames.Describe(decoded));
                Assert.Equal(LaneFrameCodec.PayloadBytes(frame), encoded.Length - LaneHeader.Bytes);
            }
        });

    [Fact]
    public void DecodeHello_Identity_GivesItBack()
    {
        using var encoded = LaneFrameCodec.Hello(Frames.Front);
        Assert.Equal(Frames.Front, LaneFrameCodec.DecodeHello(encoded.Memory.Span[LaneHeader.Bytes..]));
    }

    [Fact]
    public void Refused_LongReason_IsCutBetweenCharacters()
    {
        using var encoded = LaneFrameCodec.Refused(new string('é', 4000));
        Assert.Equal(new string('é', WireLimits.MaxMessageBytes / 2), LaneFrameCodec.DecodeRefused(encoded.Memory.Span[LaneHeader.Bytes..]));
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
    [InlineData("dispatch")]
    [InlineData("contribution")]
    [InlineData("dispatch-failed")]
    public void Decode_PayloadCutAnywhere_IsRefused(string name)
    {
        var bytes = Bytes(name);
        var header = LaneHeader.Read(bytes, int.MaxValue);
        for (var length = LaneHeader.Bytes; length < bytes.Length; length++)
        {
            var cut = bytes[LaneHeader.Bytes..length];
            Assert.Throws<LaneProtocolException>(() => LaneFrameCodec.Decode(header, cut));
        }

        Assert.Throws<LaneProtocolException>(() => LaneFrameCodec.Decode(header, [.. bytes[LaneHeader.Bytes..], 0]));
    }

    [Theory]
    [InlineData(0, 0x47, "starts with")]
    [InlineData(4, 2, "wire version 2, this process 1")]
    [InlineData(6, 99, "frame kind 99")]
    [InlineData(7, 1, "flags are 1")]
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
        Gen.Select(Gen.Int[16, 18].Select(kind => (LaneFrameKind)kind), Gen.Byte.Array[0, 80])
            .Sample((kind, payload) =>
            {
                try
                {
                    using var frame = LaneFrameCodec.Decode(new LaneHeader(kind, payload.Length, 1, 1, 0), payload);
                    Assert.NotNull(frame);
                }
                catch (LaneProtocolException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }
            });

    private static byte[] Bytes(string name)
    {
        using var encoded = s_frames.Single(frame => frame.Name == name).Encode();
        return encoded.Memory.ToArray();
    }

    private static LaneFrame Decode(byte[] bytes)
    {
        var header = Check(bytes);
        return LaneFrameCodec.Decode(header, bytes.AsSpan(LaneHeader.Bytes));
    }

    private static LaneHeader Check(byte[] bytes)
    {
        var header = LaneHeader.Read(bytes, int.MaxValue);
        header.Verify(bytes.AsSpan(0, LaneHeader.Bytes), bytes.AsSpan(LaneHeader.Bytes));
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
