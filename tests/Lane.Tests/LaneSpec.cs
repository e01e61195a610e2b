using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Lanes over real sockets on loopback; Akka's clock is virtual.</summary>
public abstract class LaneSpec : TestKit
{
    private static readonly Config s_config = ConfigurationFactory.ParseString("""
        akka {
          loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
          loglevel = DEBUG
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
          test.single-expect-default = 20s
          test.filter-leeway = 20s
        }
        """);

    protected LaneSpec()
        : base(s_config) => AbandonedMessages.DisposeIn(Sys);

    internal static LaneSettings Settings { get; } = new()
    {
        Host = "127.0.0.1",
        PublicHost = "127.0.0.1",
        Port = 0,
        UnixSocket = false,
        MaxFrameBytes = 1 << 20,
        SocketBufferBytes = 64 << 10,
        WriteQueueFrames = 8,
        MaxConnections = 4,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        HelloTimeout = TimeSpan.FromSeconds(20),
        PingInterval = TimeSpan.FromSeconds(5),
        PingTimeout = TimeSpan.FromSeconds(15),
    };

    protected TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    /// <summary>A listener with a probe as its owner; returns the port.</summary>
    internal (TestProbe Owner, int Port, IActorRef Listener) Listen(LaneSettings? settings = null, LaneIdentity? identity = null, ComputePool? pool = null)
    {
        var owner = CreateTestProbe();
        var listener = Sys.ActorOf(LaneListenerActor.Props(settings ?? Settings, identity ?? Frames.Expert, owner, pool));
        return (owner, owner.ExpectMsg<LaneListening>().Port, listener);
    }

    internal (TestProbe Owner, IActorRef Connection) Dial(int port, LaneSettings? settings = null, LaneIdentity? identity = null, NodeId? peer = null)
    {
        var owner = CreateTestProbe();
        var node = peer ?? Frames.Expert.Node;
        var connection = Sys.ActorOf(LaneConnectionActor.ConnectProps(
            settings ?? Settings, identity ?? Frames.Front, node, new LaneEndpoint(node, "127.0.0.1", port), owner));
        return (owner, connection);
    }

    /// <summary>A raw peer that dials a listener.</summary>
    internal static async Task<Socket> DialRawAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    /// <summary>A raw peer that said its hello and read the answer.</summary>
    internal static async Task<Socket> GreetRawAsync(int port)
    {
        var socket = await DialRawAsync(port);
        var hello = LaneFrameCodec.Hello(Frames.Front);
        await socket.SendAsync(hello.First);
        var answer = LaneFrameCodec.Hello(Frames.Expert);
        var read = new byte[answer.Length];
        for (var length = 0; length < read.Length;)
            length += await socket.ReceiveAsync(read.AsMemory(length));
        return socket;
    }

    /// <summary>Whether the other side has closed, with whatever it said before.</summary>
    internal static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var all = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is var read and > 0)
                all.AddRange(buffer[..read]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return [.. all];
        }

        return [.. all];
    }
}
