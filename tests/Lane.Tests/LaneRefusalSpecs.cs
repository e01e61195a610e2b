using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Peers that must not work together: the reason stands on both sides.</summary>
public sealed class LaneRefusalSpecs : LaneSpec
{
    [Theory]
    [InlineData("other", "v1", "model hash other")]
    [InlineData("0123456789abcdef", "v2", "numeric policy 'v2'")]
    public void Should_give_the_reason_on_both_sides_when_identities_differ(string hash, string policy, string reason)
    {
        var (accepting, port, _) = Listen();
        EventFilter.Warning(contains: reason).ExpectOne(() =>
        {
            var (dialling, _) = Dial(port, identity: Frames.Front with { ModelHash = hash, NumericPolicy = policy });
            var closed = dialling.ExpectMsg<LaneClosed>();
            Assert.Equal((Frames.Expert.Node, LaneCloseReason.Refused), (closed.Peer, closed.Reason));
            Assert.Contains(reason, closed.Message, StringComparison.Ordinal);
            dialling.ExpectNoMsg(0);
        });
        accepting.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_refuse_when_another_node_answers()
    {
        var (_, port, _) = Listen();
        var (dialling, _) = Dial(port, peer: new NodeId("10.0.0.2:4053#ffffffff"));
        var closed = dialling.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.Refused, closed.Reason);
        Assert.Contains($"{Frames.Expert.Node} answered for 10.0.0.2:4053#ffffffff", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_answer_with_its_version_when_the_peer_speaks_another()
    {
        var (_, port, _) = Listen();
        using var socket = await DialRawAsync(port);
        var hello = LaneFrameCodec.Hello(Frames.Front);
        var bytes = hello.First.ToArray();
        bytes[4] = 9;
        await EventFilter.Warning(contains: "wire version 9, this process 6").ExpectOneAsync(async () =>
        {
            await socket.SendAsync(bytes);
            var answer = await ReadToEndAsync(socket);
            Assert.Equal(LaneFrameKind.Refused, LaneHeader.Read(answer, 4096).Kind);
            Assert.Contains("wire version 9", LaneFrameCodec.DecodeRefused(answer.AsSpan(LaneHeader.Bytes)), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Should_fail_when_nobody_listens()
    {
        using var unused = new Socket(SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (dialling, _) = Dial(((IPEndPoint)unused.LocalEndPoint!).Port);
        Assert.Equal(LaneCloseReason.ConnectFailed, dialling.ExpectMsg<LaneClosed>().Reason);
        dialling.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_fail_when_the_peer_says_no_hello()
    {
        using var mute = new Socket(SocketType.Stream, ProtocolType.Tcp);
        mute.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        mute.Listen();
        var (dialling, _) = Dial(((IPEndPoint)mute.LocalEndPoint!).Port, Settings with { HelloTimeout = TimeSpan.FromMilliseconds(50) });
        var closed = dialling.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.HelloFailed, closed.Reason);
        Assert.Contains("moe.lane.hello-timeout", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_close_when_a_dialler_says_no_hello()
    {
        var (_, port, _) = Listen(Settings with { HelloTimeout = TimeSpan.FromMilliseconds(50) });
        using var socket = await DialRawAsync(port);
        Assert.Empty(await ReadToEndAsync(socket));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 a TLS hello that goes on for a while and on and on")]
    [InlineData("????????????????????????????????????????")]
    public async Task Should_close_and_serve_on_when_a_stranger_calls(string bytes)
    {
        var (accepting, port, _) = Listen();
        using var stranger = await DialRawAsync(port);
        await stranger.SendAsync(System.Text.Encoding.Latin1.GetBytes(bytes));
        await ReadToEndAsync(stranger);
        var (dialling, _) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
    }

    [Fact]
    public async Task Should_refuse_a_connection_when_too_many_are_open()
    {
        var (_, port, _) = Listen();
        var open = new List<Socket>();
        for (var i = 0; i < Settings.MaxConnections; i++)
            open.Add(await GreetRawAsync(port));
        await EventFilter.Warning(contains: "moe.lane.max-connections").ExpectOneAsync(async () =>
        {
            using var extra = await DialRawAsync(port);
            Assert.Empty(await ReadToEndAsync(extra));
        });
        open.ForEach(socket => socket.Dispose());
    }

    /// <summary>The dialler would wait for a hello until its own limit.</summary>
    [Fact]
    public async Task Should_close_a_connection_when_the_listener_has_stopped_before_it_takes_it()
    {
        using var elsewhere = new Socket(SocketType.Stream, ProtocolType.Tcp);
        elsewhere.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        elsewhere.Listen();
        using var dialler = await DialRawAsync(((IPEndPoint)elsewhere.LocalEndPoint!).Port);
        var (_, _, listener) = Listen();
        Watch(listener);
        Sys.Stop(listener);
        ExpectTerminated(listener);
        listener.Tell(new LaneListenerActor.Accepted(elsewhere, await elsewhere.AcceptAsync()), ActorRefs.NoSender);
        Assert.Empty(await ReadToEndAsync(dialler));
    }

    [Fact]
    public void Should_say_so_when_the_port_is_taken()
    {
        var (_, port, _) = Listen();
        EventFilter.Error(contains: "moe.lane.port").ExpectOne(() =>
            Sys.ActorOf(LaneListenerActor.Props(Settings with { Port = port }, Frames.Expert, TestActor)));
    }
}
