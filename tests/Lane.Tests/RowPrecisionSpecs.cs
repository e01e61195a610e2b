using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Rows that travel as bf16.</summary>
public sealed class RowPrecisionSpecs : LaneSpec
{
    private static readonly LaneSettings s_bf16 = Settings with { Activations = RowPrecision.Bf16, MaxFrameBytes = 8 << 20 };

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(400)]
    public void Should_bring_rows_rounded_when_both_sides_have_bf16(int rows)
    {
        var (accepting, port, _) = Listen(s_bf16);
        var (dialling, connection) = Dial(port, s_bf16);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        var sent = Frames.Dispatch(1, rows, hiddenSize: 1001);
        for (var i = 0; i < sent.Rows.Length; i++)
            sent.Rows.Span[i] = MathF.Sin(i);
        var expected = Frames.Dispatch(1, rows, hiddenSize: 1001);
        sent.Rows.Span.CopyTo(expected.Rows.Span);
        Bf16Rows.Round(expected.Rows.Span);
        connection.Tell(sent);
        using var received = accepting.ExpectMsg<DispatchFrame>();
        Assert.Equal(Frames.Describe(expected), Frames.Describe(received));
    }

    [Fact]
    public void Should_close_and_name_the_key_when_rows_come_otherwise()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port, s_bf16);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        connection.Tell(Frames.Dispatch(1));
        var closed = accepting.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.ProtocolError, closed.Reason);
        Assert.Contains("moe.lane.activations", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NumericPolicy_Bf16_DiffersFromF32()
    {
        Assert.Equal("v1", Settings.NumericPolicy("v1"));
        Assert.NotEqual("v1", s_bf16.NumericPolicy("v1"));
    }

    [Fact]
    public void Round_EveryKindOfValue_IsTheNearestWithAnEvenTie()
    {
        (float Value, float Expected)[] cases =
        [
            (1f, 1f), (0f, 0f), (-0f, -0f), (1.00390625f, 1f), (1.01171875f, 1.015625f), (1.005f, 1.0078125f), (-1.005f, -1.0078125f),
            (float.PositiveInfinity, float.PositiveInfinity), (float.NaN, float.NaN), (1e-40f, 9.184e-41f),
        ];
        var values = Enumerable.Repeat(cases, 5).SelectMany(pairs => pairs).ToArray();
        var rounded = values.Select(pair => pair.Value).ToArray();
        Bf16Rows.Round(rounded);
        for (var i = 0; i < values.Length; i++)
            Assert.True(float.IsNaN(values[i].Expected) ? float.IsNaN(rounded[i]) : Math.Abs(rounded[i] - values[i].Expected) <= 1e-42f || rounded[i] == values[i].Expected, $"{values[i]}: {rounded[i]}");
        var twice = rounded.ToArray();
        Bf16Rows.Round(twice);
        Assert.Equal(rounded.Select(BitConverter.SingleToInt32Bits), twice.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void WidenInPlace_AnyLength_UndoesNarrow()
    {
        for (var length = 0; length < 200; length++)
        {
            var values = Enumerable.Range(0, length).Select(i => MathF.Cos(i) * 100).ToArray();
            var expected = values.ToArray();
            Bf16Rows.Round(expected);
            var widened = new float[length];
            Bf16Rows.Narrow(values, System.Runtime.InteropServices.MemoryMarshal.AsBytes(widened.AsSpan())[(2 * length)..]);
            Bf16Rows.WidenInPlace(widened);
            Assert.Equal(expected, widened);
        }
    }
}
