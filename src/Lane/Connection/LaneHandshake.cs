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
    public static LaneStream Connect(LaneSettings settings, LaneIdentity self, LaneEndpoint endpoint, CancellationToken cancellation)
    {
        var socket = Within(
            LaneCloseReason.ConnectFailed,
            $"no connection to {endpoint.Host}:{endpoint.Port} within {settings.ConnectTimeout} (moe.lane.connect-timeout)",
            () => LaneDialler.Connect(endpoint, settings, new LaneDeadline(settings.ConnectTimeout), cancellation),
            cancellation);
        using var disposal = cancellation.UnsafeRegister(state => ((Socket)state!).Dispose(), socket);
        try
        {
            var stream = new LaneStream(socket, settings) { Deadline = new LaneDeadline(settings.HelloTimeout) };
            return Within(
                LaneCloseReason.HelloFailed,
                $"{endpoint.Host}:{endpoint.Port} said no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
                () => Greet(stream, self, endpoint.Node),
                cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Answers a peer that dialled; blocks the calling thread.</summary>
    /// <exception cref="LaneHandshakeException">It said no hello in time, or one side refused.</exception>
    public static NodeId Accept(LaneStream stream, LaneSettings settings, LaneIdentity self, CancellationToken cancellation)
    {
        stream.Deadline = new LaneDeadline(settings.HelloTimeout);
        var peer = Within(
            LaneCloseReason.HelloFailed,
            $"no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
            () => Answer(stream, self),
            cancellation);
        stream.Deadline = null;
        return peer;
    }

    private static LaneStream Greet(LaneStream stream, LaneIdentity self, NodeId expected)
    {
        stream.Write(LaneFrameCodec.Hello(self).First.Span);
        var peer = ReadHello(stream);
        var reason = peer.Node == expected ? self.Disagreement(peer) : $"{peer.Node} answered for {expected}";
        if (reason is not null)
            throw Refuse(stream, reason);
        stream.Deadline = null;
        return stream;
    }

    private static NodeId Answer(LaneStream stream, LaneIdentity self)
    {
        LaneIdentity peer;
        try
        {
            peer = ReadHello(stream);
        }
        catch (LaneHandshakeException e) when (e.InnerException is LaneVersionException)
        {
            // The refusal's header shows the peer this side's version, whatever it makes of the rest.
            throw Refuse(stream, e.Message);
        }

        if (self.Disagreement(peer) is { } reason)
            throw Refuse(stream, reason);
        stream.Write(LaneFrameCodec.Hello(self).First.Span);
        return peer.Node;
    }

    private static LaneIdentity ReadHello(LaneStream stream)
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
