using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MoE.Http;

/// <summary>The socket that the surface listens on; one that cannot be had says which address was asked for.</summary>
internal static class ListenSocket
{
    /// <exception cref="SocketException">The system's own code, so that Kestrel still knows a port in use and a machine without IPv6.</exception>
    public static Socket Bind(EndPoint endpoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException failure)
        {
            throw new SocketException((int)failure.SocketErrorCode, $"moe.http.url: cannot listen on {endpoint}: {failure.Message}");
        }
    }
}
