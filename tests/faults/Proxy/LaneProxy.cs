using System.Net;
using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>
/// A forwarder before one of a node's lanes. The node tells its peers the proxy's port (moe.lane.public-port,
/// moe.weights.public-port), so every frame passes here and may meet a fault. Without one it forwards.
/// </summary>
internal sealed class LaneProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private volatile LaneFault _toNode = LaneFault.None;
    private volatile LaneFault _fromNode = LaneFault.None;
    private int _cuts;

    private LaneProxy(int nodePort)
    {
        NodePort = nodePort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the node's lane is to listen.</summary>
    public int NodePort { get; }

    /// <summary>What the node is to tell its peers.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that a fault or an end has closed.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public static LaneProxy Start() => new(FreePort.Take());

    /// <summary>Frames towards the node meet this from now on.</summary>
    public void ToNode(LaneFault fault) => _toNode = fault;

    /// <summary>Frames from the node meet this from now on.</summary>
    public void FromNode(LaneFault fault) => _fromNode = fault;

    /// <summary>Forwards as if nothing had been.</summary>
    public void Heal()
    {
        _toNode = LaneFault.None;
        _fromNode = LaneFault.None;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ForwardAsync(await _listener.AcceptSocketAsync(_ending.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy ends.
        }
    }

    private async Task ForwardAsync(Socket peer)
    {
        using var client = peer;
        using var node = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await node.ConnectAsync(IPAddress.Loopback, NodePort, _ending.Token);
            client.NoDelay = node.NoDelay = true;
            using var cut = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            var ways = new[] { PumpAsync(client, node, () => _toNode, cut.Token), PumpAsync(node, client, () => _fromNode, cut.Token) };
            // One way's end is the connection's: half of a lane carries nothing.
            await Task.WhenAny(ways);
            await cut.CancelAsync();
            await Task.WhenAll(ways);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // Closed below.
        }

        Interlocked.Increment(ref _cuts);
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<LaneFault> fault, CancellationToken cancellation)
    {
        try
        {
            var frames = new FrameReader(from);
            while (await frames.ReadAsync(cancellation) is { } frame)
            {
                if (!await fault().PassAsync(frame, to, cancellation))
                    return;
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The other end went away, or the proxy did.
        }
    }

    private static bool IsEnd(Exception e) => e is OperationCanceledException or SocketException or IOException or ObjectDisposedException;
}
