using System.Net;
using Akka.Actor;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Lanes between processes of one machine, where the system has Unix-domain sockets.</summary>
public sealed class LocalSocketSpecs : LaneSpec
{
    private static readonly LaneSettings s_settings = Settings with { UnixSocket = true };

    /// <summary>A name of its own for every test: the file is named after the node.</summary>
    private readonly LaneIdentity _node = Frames.Expert with { Node = new NodeId($"127.0.0.1:1#{Guid.NewGuid():n}"[..30]) };

    [Fact]
    public void Should_carry_frames_both_ways_when_the_port_is_not_used()
    {
        var (accepting, _, _) = Listen(s_settings, _node);
        var (dialling, connection) = Dial(UnusedPort(), s_settings, peer: _node.Node);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        var sent = Frames.Dispatch(1, rows: 40, hiddenSize: 1024);
        var expected = Frames.Describe(sent);
        connection.Tell(sent);
        using var received = accepting.ExpectMsg<DispatchFrame>();
        Assert.Equal(expected, Frames.Describe(received));
        accepting.LastSender.Tell(Frames.Contribution(1));
        Assert.Equal(1UL, dialling.ExpectMsg<ContributionFrame>().DispatchId);
    }

    [Fact]
    public void Should_take_the_port_when_the_node_has_no_socket()
    {
        var (accepting, port, _) = Listen(Settings, _node);
        var (dialling, _) = Dial(port, s_settings, peer: _node.Node);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
    }

    [Fact]
    public void Should_take_the_port_when_the_socket_is_a_dead_nodes()
    {
        var (_, _, listener) = Listen(s_settings, _node);
        var path = LocalSocket.PathOf(_node.Node);
        Assert.True(File.Exists(path));
        Watch(listener);
        Sys.Stop(listener);
        ExpectTerminated(listener);
        Assert.False(File.Exists(path));

        File.WriteAllBytes(path, []);
        var (accepting, port, _) = Listen(Settings, _node);
        var (dialling, _) = Dial(port, s_settings, peer: _node.Node);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        File.Delete(path);
    }

    [Fact]
    public void Should_remove_the_files_of_dead_nodes_when_another_starts()
    {
        var dead = LocalSocket.PathOf(new NodeId($"10.0.0.9:1#{Guid.NewGuid():n}"));
        var (_, _, _) = Listen(s_settings, _node);
        using (var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(dead));
        }

        // Disposing a bound socket removes its file; a killed process does not.
        File.WriteAllBytes(dead, []);
        Listen(s_settings, _node with { Node = new NodeId($"127.0.0.1:2#{Guid.NewGuid():n}"[..30]) });
        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(LocalSocket.PathOf(_node.Node)));
    }

    [Fact]
    public void Listen_Directory_IsTheOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        Listen(s_settings, _node);
        var mode = File.GetUnixFileMode(Path.GetDirectoryName(LocalSocket.PathOf(_node.Node))!);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, mode);
    }

    [Fact]
    public void TryConnect_NodeElsewhere_IsNotLookedForHere()
    {
        Listen(s_settings, _node);
        Assert.Null(LocalSocket.TryConnect(_node.Node, [IPAddress.Parse("192.0.2.7")]));
        using var own = LocalSocket.TryConnect(_node.Node, [IPAddress.Loopback]);
        Assert.NotNull(own);
    }

    private static int UnusedPort()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
