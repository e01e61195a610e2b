using System.IO.Hashing;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// A node's Unix-domain socket, for fronts of the same user on the same machine: a file in a directory that only the user can
/// enter, named after the node, so that nobody reaches another life of the process. Disposing removes the file.
/// </summary>
internal sealed class LocalSocket : IDisposable
{
    /// <summary>Files of dead nodes that one start looks for.</summary>
    private const int MostStaleFiles = 1024;

    private readonly string _path;

    private LocalSocket(Socket socket, string path)
    {
        Socket = socket;
        _path = path;
    }

    public Socket Socket { get; }

    /// <summary>Listens for the node; null, with the reason told, where this machine or directory does not do.</summary>
    public static LocalSocket? Listen(NodeId node, int backlog, Action<string> unavailable)
    {
        if (!Socket.OSSupportsUnixDomainSockets || OperatingSystem.IsWindows())
        {
            unavailable("the system has none");
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            OwnDirectory.Ensure(Root);
            RemoveStale();
            var path = PathOf(node);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(backlog);
            return new LocalSocket(socket, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            socket.Dispose();
            unavailable(e.Message);
            return null;
        }
    }

    /// <summary>A connection to a node that listens on this machine; null where it does not.</summary>
    /// <param name="node">The node.</param>
    /// <param name="addresses">Where it says it is: a node behind a network of its own is not looked for here.</param>
    public static Socket? TryConnect(NodeId node, IPAddress[] addresses)
    {
        if (OperatingSystem.IsWindows() || !Socket.OSSupportsUnixDomainSockets || !File.Exists(PathOf(node)) || !addresses.Any(IsOwn))
            return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(PathOf(node)));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // The port is the way for everybody; whether the node is there shows at it.
            socket.Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        Socket.Dispose();
        File.Delete(_path);
    }

    private static string Root => OwnDirectory.In(Path.GetTempPath());

    /// <summary>Short, since a socket's path has at most 107 bytes.</summary>
    internal static string PathOf(NodeId node) => Path.Combine(Root, $"{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(node.Value)):x16}.lane");

    private static bool IsOwn(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));

    /// <summary>A killed process leaves its file; nobody answers there.</summary>
    private static void RemoveStale()
    {
        foreach (var path in Directory.EnumerateFiles(Root, "*.lane").Take(MostStaleFiles))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                File.Delete(path);
            }
            catch (SocketException e) when (e.SocketErrorCode != SocketError.ConnectionRefused)
            {
                // Somebody is there, or the file is gone already.
                continue;
            }
        }
    }
}
