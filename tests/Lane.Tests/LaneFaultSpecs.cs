using System.Net.Sockets;
using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>What networks and peers do to a lane that is open.</summary>
public sealed class LaneFaultSpecs : LaneSpec
{
    [Theory]
    [InlineData(40)]
    [InlineData(3)]
    public async Task Should_close_once_when_the_connection_is_cut_inside_a_frame(int bytes)
    {
        var (owner, socket) = await OpenAsync();
        var frame = Frames.Encode(Frames.Dispatch());
        await socket.SendAsync(frame.First[..bytes]);
        socket.Dispose();
        Assert.Contains(owner.ExpectMsg<LaneClosed>().Reason, new[] { LaneCloseReason.ProtocolError, LaneCloseReason.ClosedByPeer });
        owner.ExpectNoMsg(0);
    }

    [Fact]
    public async Task Should_close_and_deliver_nothing_when_a_bit_is_flipped()
    {
        var (owner, socket) = await OpenAsync();
        var frame = Frames.Encode(Frames.Dispatch());
        var bytes = frame.First.ToArray();
        bytes[^3] ^= 4;
        await socket.SendAsync(bytes);
        var closed = owner.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.ProtocolError, closed.Reason);
        Assert.Contains("checksum", closed.Message, StringComparison.Ordinal);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_deliver_the_frame_before_and_close_when_bytes_are_repeated()
    {
        var (owner, socket) = await OpenAsync();
        var frame = Frames.Encode(Frames.Dispatch());
        await socket.SendAsync(new[] { frame.First.ToArray(), frame.First[16..].ToArray() }.SelectMany(part => part).ToArray());
        owner.ExpectMsg<DispatchFrame>().Dispose();
        Assert.Equal(LaneCloseReason.ProtocolError, owner.ExpectMsg<LaneClosed>().Reason);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_deliver_when_a_frame_comes_byte_by_byte()
    {
        var (owner, socket) = await OpenAsync();
        var sent = Frames.Dispatch();
        var frame = Frames.Encode(sent);
        for (var i = 0; i < frame.Length; i++)
            await socket.SendAsync(frame.First.Slice(i, 1));
        using var received = owner.ExpectMsg<DispatchFrame>();
        Assert.Equal(Frames.Describe(sent), Frames.Describe(received));
        socket.Dispose();
    }

    [Fact]
    public async Task Should_close_when_hello_is_said_twice()
    {
        var (owner, socket) = await OpenAsync();
        var hello = LaneFrameCodec.Hello(Frames.Front);
        await socket.SendAsync(hello.First);
        Assert.Equal(LaneCloseReason.ProtocolError, owner.ExpectMsg<LaneClosed>().Reason);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_answer_a_ping_with_a_pong()
    {
        var (_, socket) = await OpenAsync();
        var ping = LaneFrameCodec.Sign(LaneFrameKind.Ping, new EncodedFrame());
        await socket.SendAsync(ping.First);
        var answer = new byte[LaneHeader.Bytes];
        for (var read = 0; read < answer.Length;)
            read += await socket.ReceiveAsync(answer.AsMemory(read));
        Assert.Equal(LaneFrameKind.Pong, LaneHeader.Read(answer, 0).Kind);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_ping_then_close_when_the_peer_falls_silent()
    {
        var (owner, socket) = await OpenAsync();
        Scheduler.Advance(TimeSpan.FromSeconds(5));
        var ping = new byte[LaneHeader.Bytes];
        for (var read = 0; read < ping.Length;)
            read += await socket.ReceiveAsync(ping.AsMemory(read));
        Assert.Equal(LaneFrameKind.Ping, LaneHeader.Read(ping, 0).Kind);
        Advance(4);
        var closed = owner.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.PingTimeout, closed.Reason);
        Assert.Contains("moe.lane.ping-timeout", closed.Message, StringComparison.Ordinal);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_close_when_the_peer_drips()
    {
        var (owner, socket) = await OpenAsync();
        var frame = Frames.Encode(Frames.Dispatch());
        for (var i = 0; i < 4; i++)
        {
            await socket.SendAsync(frame.First.Slice(i, 1));
            Advance(1);
        }

        // Too soon for a timeout counted from the last byte, late enough for one counted from the last frame.
        Advance(2);
        Assert.Equal(LaneCloseReason.PingTimeout, owner.ExpectMsg<LaneClosed>().Reason);
        socket.Dispose();
    }

    [Fact]
    public void Should_stay_open_when_both_sides_are_idle()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        for (ulong i = 1; i <= 20; i++)
        {
            Advance(2);
            connection.Tell(Frames.Dispatch(i));
            accepting.ExpectMsg<DispatchFrame>().Dispose();
            accepting.LastSender.Tell(Frames.Contribution(i));
            dialling.ExpectMsg<ContributionFrame>().Dispose();
        }
    }

    [Fact]
    public async Task Should_close_when_the_peer_reads_too_slowly()
    {
        var (owner, socket) = await OpenAsync();
        var connection = owner.LastSender;
        for (ulong i = 0; i < 1000; i++)
            connection.Tell(Frames.Contribution(i, rows: 64, hiddenSize: 1024));
        var closed = owner.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.WriteQueueFull, closed.Reason);
        Assert.Contains("moe.lane.write-queue-frames", closed.Message, StringComparison.Ordinal);
        socket.Dispose();
    }

    [Fact]
    public async Task Should_survive_when_strangers_send_random_bytes()
    {
        var (owner, port, _) = Listen();
        var random = new Random(20261123);
        for (var i = 0; i < 60; i++)
        {
            using var stranger = await DialRawAsync(port);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            // Half of them start like a frame, so that what follows is read too.
            if (i % 2 == 0 && bytes.Length >= 8)
                "MoEL\u0002\0\u0001\0"u8.CopyTo(bytes);
            await stranger.SendAsync(bytes);
            stranger.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(stranger);
        }

        var (dialling, _) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        owner.ExpectMsg<LaneOpened>();
    }

    private async Task<(Akka.TestKit.TestProbe Owner, Socket Socket)> OpenAsync()
    {
        var (owner, port, _) = Listen();
        var socket = await GreetRawAsync(port);
        owner.ExpectMsg<LaneOpened>();
        return (owner, socket);
    }

    private void Advance(int intervals)
    {
        for (var i = 0; i < intervals; i++)
            Scheduler.Advance(Settings.PingInterval);
    }
}
