using System.Net.Sockets;

namespace MoE.Host;

/// <summary>
/// Tells a dead process from a silent network: where a machine answers that nobody listens on a member's port, that
/// member's process is gone and serves nowhere. Silence proves nothing.
/// </summary>
internal static class DeathProbe
{
    /// <summary>A port is closed for a moment while a backlog is set up; a dead process refuses every time.</summary>
    private const int Refusals = 2;

    /// <param name="host">The member's host.</param>
    /// <param name="port">The port of its Akka.Remote.</param>
    /// <param name="timeout">Longest wait for one answer.</param>
    /// <param name="cancellation">Ends the probe.</param>
    /// <returns>True for a proven death.</returns>
    public static async Task<bool> RefusesAsync(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        for (var i = 0; i < Refusals; i++)
        {
            if (await RefusesOnceAsync(host, port, timeout, cancellation).ConfigureAwait(false) is false)
                return false;
        }

        return true;
    }

    private static async Task<bool> RefusesOnceAsync(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            // Silence.
            return false;
        }
    }
}
