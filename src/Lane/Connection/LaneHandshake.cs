using System.Net.Sockets;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// The first frames. The dialling side says hello; the accepting side answers with its own or with the reason why not; the
/// dialling side may still refuse. Whoever refuses says why, so that the reason stands in both logs.
/// </summary>
internal static class LaneHandshake
{
    /// <summary>Dials a peer.</summary>
    /// <exception cref="LaneHandshakeException">It cannot be reached, or one side refused.</exception>
    public static async Task<LaneStream> ConnectAsync(
        LaneSettings settings, LaneIdentity self, LaneEndpoint endpoint, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await WithinAsync(
                settings.ConnectTimeout,
                LaneCloseReason.ConnectFailed,
                $"no connection to {endpoint.Host}:{endpoint.Port} within {settings.ConnectTimeout} (moe.lane.connect-timeout)",
                token => socket.ConnectAsync(endpoint.Host, endpoint.Port, token),
                cancellation).ConfigureAwait(false);
            var stream = new LaneStream(socket, settings);
            await WithinAsync(
                settings.HelloTimeout,
                LaneCloseReason.HelloFailed,
                $"{endpoint.Host}:{endpoint.Port} said no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
                token => GreetAsync(stream, self, endpoint.Node, token),
                cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Answers a peer that dialled.</summary>
    /// <exception cref="LaneHandshakeException">It said no hello in time, or one side refused.</exception>
    public static async Task<NodeId> AcceptAsync(
        LaneStream stream, LaneSettings settings, LaneIdentity self, CancellationToken cancellation)
    {
        NodeId peer = default;
        await WithinAsync(
            settings.HelloTimeout,
            LaneCloseReason.HelloFailed,
            $"no hello within {settings.HelloTimeout} (moe.lane.hello-timeout)",
            async token => peer = await AnswerAsync(stream, self, token).ConfigureAwait(false),
            cancellation).ConfigureAwait(false);
        return peer;
    }

    private static async ValueTask GreetAsync(LaneStream stream, LaneIdentity self, NodeId expected, CancellationToken cancellation)
    {
        await stream.WriteAsync(LaneFrameCodec.Hello(self), cancellation).ConfigureAwait(false);
        var peer = await ReadHelloAsync(stream, cancellation).ConfigureAwait(false);
        var reason = peer.Node == expected ? self.Disagreement(peer) : $"{peer.Node} answered for {expected}";
        if (reason is not null)
            throw await RefuseAsync(stream, reason, cancellation).ConfigureAwait(false);
    }

    private static async ValueTask<NodeId> AnswerAsync(LaneStream stream, LaneIdentity self, CancellationToken cancellation)
    {
        LaneIdentity peer;
        try
        {
            peer = await ReadHelloAsync(stream, cancellation).ConfigureAwait(false);
        }
        catch (LaneHandshakeException e) when (e.InnerException is LaneVersionException)
        {
            // The refusal's header shows the peer this side's version, whatever it makes of the rest.
            throw await RefuseAsync(stream, e.Message, cancellation).ConfigureAwait(false);
        }

        if (self.Disagreement(peer) is { } reason)
            throw await RefuseAsync(stream, reason, cancellation).ConfigureAwait(false);
        await stream.WriteAsync(LaneFrameCodec.Hello(self), cancellation).ConfigureAwait(false);
        return peer.Node;
    }

    private static async ValueTask<LaneIdentity> ReadHelloAsync(LaneStream stream, CancellationToken cancellation)
    {
        try
        {
            using var frame = await stream.ReadAsync(LaneFrameCodec.MaxHandshakeBytes, cancellation).ConfigureAwait(false)
                ?? throw new LaneHandshakeException(LaneCloseReason.HelloFailed, "the peer closed before its hello");
            return frame.Header.Kind switch
            {
                LaneFrameKind.Hello => LaneFrameCodec.DecodeHello(frame.Payload),
                LaneFrameKind.Refused => throw new LaneHandshakeException(
                    LaneCloseReason.Refused, $"the peer refused: {LaneFrameCodec.DecodeRefused(frame.Payload)}"),
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

    private static async ValueTask<LaneHandshakeException> RefuseAsync(LaneStream stream, string reason, CancellationToken cancellation)
    {
        await stream.WriteAsync(LaneFrameCodec.Refused(reason), cancellation).ConfigureAwait(false);
        stream.EndWriting();
        return new LaneHandshakeException(LaneCloseReason.Refused, reason);
    }

    private static async Task WithinAsync(
        TimeSpan timeout, LaneCloseReason reason, string late, Func<CancellationToken, ValueTask> step, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await step(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LaneHandshakeException(reason, late);
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
