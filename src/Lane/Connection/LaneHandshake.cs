using System.Net.Sockets;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// The first frames. The dialling side says hello; the accepting side answers with its own or with the reason why not; the
/// dialling side may still refuse. Whoever refuses says why, so that the reason stands in both logs.
/// </summary>
internal static class LaneHandshake
{
    /// <summary>Dials a peer; blocks the calling thread.</summary>
    /// <exception cref="LaneHandshakeException">It cannot be reached, or one side refused.</exception>
    /// <returns>The connection, and memory that both processes share, where they can.</returns>
    public static (LaneStream Stream, ISharedRows? Shared) Connect(LaneSettings settings, LaneIdentity self, LaneEndpoint endpoint, CancellationToken cancellation)
    {
        var socket = Within(
            LaneCloseReason.ConnectFailed,
            $"no connection to {endpoint.Host}:{endpoint.Port} within {settings.ConnectTimeout} (moe.lane.connect-timeout)",
            () => LaneDialler.Connect(endpoint, settings, new LaneDeadline(settings.ConnectTimeout), cancellation),
            cancellation);
        using var disposal = cancellation.UnsafeRegister(state => ((Socket)state!).Dispose(), socket);
        var directory = settings.SharedMemoryBytes > 0 && socket.ProtocolType != ProtocolType.Tcp ? SharedDirectory.TryCreate() : null;
        try
        {
            var stream = new LaneStream(socket, settings) { Deadline = new LaneDeadline(settings.HelloTimeout) };
            var seen = Within(
                LaneCloseReason.HelloFailed,
                $"{endpoint.Host}:{endpoint.Port} said no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
                () => Greet(stream, self, endpoint.Node, directory?.Name ?? ""),
                cancellation);
            if (directory is not null && seen == directory.Name)
                return (stream, new LentBuffers(directory, settings.SharedMemoryBytes));
            directory?.Dispose();
            return (stream, null);
        }
        catch
        {
            directory?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Answers a peer that dialled; blocks the calling thread.</summary>
    /// <exception cref="LaneHandshakeException">It said no hello in time, or one side refused.</exception>
    /// <returns>The peer, and memory that both processes share, where they can.</returns>
    public static (NodeId Peer, ISharedRows? Shared) Accept(LaneStream stream, LaneSettings settings, LaneIdentity self, CancellationToken cancellation)
    {
        stream.Deadline = new LaneDeadline(settings.HelloTimeout);
        var peer = Within(
            LaneCloseReason.HelloFailed,
            $"no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
            () => Answer(stream, self, settings),
            cancellation);
        stream.Deadline = null;
        return peer;
    }

    /// <returns>The directory of shared memory that the peer sees.</returns>
    private static string Greet(LaneStream stream, LaneIdentity self, NodeId expected, string directory)
    {
        stream.Write(LaneFrameCodec.Hello(self, directory).First.Span);
        var (peer, seen) = ReadHello(stream);
        var reason = peer.Node == expected ? self.Disagreement(peer) : $"{peer.Node} answered for {expected}";
        if (reason is not null)
            throw Refuse(stream, reason);
        stream.Deadline = null;
        return seen;
    }

    private static (NodeId Peer, ISharedRows? Shared) Answer(LaneStream stream, LaneIdentity self, LaneSettings settings)
    {
        LaneIdentity peer;
        string directory;
        try
        {
            (peer, directory) = ReadHello(stream);
        }
        catch (LaneHandshakeException e) when (e.InnerException is LaneVersionException)
        {
            // The refusal's header shows the peer this side's version, whatever it makes of the rest.
            throw Refuse(stream, e.Message);
        }

        if (self.Disagreement(peer) is { } reason)
            throw Refuse(stream, reason);
        var shared = settings.SharedMemoryBytes > 0 && SharedDirectory.Exists(directory);
        stream.Write(LaneFrameCodec.Hello(self, shared ? directory : "").First.Span);
        return (peer.Node, shared ? new BorrowedBuffers(directory) : null);
    }

    private static (LaneIdentity Identity, string Directory) ReadHello(LaneStream stream)
    {
        try
        {
            var header = stream.ReadHeader(LaneFrameCodec.MaxHandshakeBytes)
                ?? throw new LaneHandshakeException(LaneCloseReason.ClosedByPeer, "the peer closed before its hello");
            var payload = stream.Read(header.PayloadBytes);
            stream.End(header);
            return header.Kind switch
            {
                LaneFrameKind.Hello => LaneFrameCodec.DecodeHello(payload),
                LaneFrameKind.Refused => throw new LaneHandshakeException(
                    LaneCloseReason.Refused, $"the peer refused: {LaneFrameCodec.DecodeRefused(payload)}"),
                var kind => throw new LaneHandshakeException(LaneCloseReason.HelloFailed, $"a {kind} frame came before the hello"),
            };
        }
        catch (LaneVersionException e)
        {
            throw new LaneHandshakeException(LaneCloseReason.Refused, e.Message, e);
        }
        catch (LaneProtocolException e)
        {
            throw new LaneHandshakeException(LaneCloseReason.HelloFailed, e.Message, e);
        }
    }

    private static LaneHandshakeException Refuse(LaneStream stream, string reason)
    {
        stream.Write(LaneFrameCodec.Refused(reason).First.Span);
        stream.EndWriting();
        return new LaneHandshakeException(LaneCloseReason.Refused, reason);
    }

    private static T Within<T>(LaneCloseReason reason, string late, Func<T> step, CancellationToken cancellation)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is not LaneProtocolException)
        {
            throw new OperationCanceledException("stopped", e, cancellation);
        }
        catch (TimeoutException e)
        {
            throw new LaneHandshakeException(reason, late, e);
        }
        catch (SocketException e)
        {
            throw new LaneHandshakeException(reason, e.Message, e);
        }
    }
}

/// <summary>A connection that did not come to be a lane.</summary>
internal sealed class LaneHandshakeException(LaneCloseReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public LaneCloseReason Reason => reason;
}
