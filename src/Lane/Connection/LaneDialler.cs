using System.Net;
using System.Net.Sockets;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>Makes the connection of a lane: over a Unix-domain socket where the peer is on this machine, else over TCP.</summary>
internal static class LaneDialler
{
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="TimeoutException">Not before the deadline.</exception>
    public static Socket Connect(LaneEndpoint endpoint, LaneSettings settings, LaneDeadline deadline, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(endpoint.Host, out var address) ? [address] : Dns.GetHostAddresses(endpoint.Host);
        if (settings.UnixSocket && LocalSocket.TryConnect(endpoint.Node, addresses) is { } local)
            return local;
        SocketException? failure = null;
        foreach (var candidate in addresses)
        {
            try
            {
                return ConnectTcp(new IPEndPoint(candidate, endpoint.Port), deadline, cancellation);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static Socket ConnectTcp(IPEndPoint endpoint, LaneDeadline deadline, CancellationToken cancellation)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        using var disposal = cancellation.UnsafeRegister(state => ((Socket)state!).Dispose(), socket);
        try
        {
            Begin(socket, endpoint, deadline);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Begin(Socket socket, IPEndPoint endpoint, LaneDeadline deadline)
    {
        try
        {
            socket.Connect(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            LaneDeadline.Wait(socket, SelectMode.SelectWrite, deadline);
            if ((int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! is var error and not 0)
                throw new SocketException(error);
        }
    }
}
