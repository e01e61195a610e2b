using System.Net;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>A port of loopback that was free a moment ago; who gets it binds it at once.</summary>
internal static class FreePort
{
    public static int Take()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
