using System.Net;
using System.Net.Sockets;

namespace MoE.Host.Tests;

public sealed class DeathProbeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RefusesAsync_SomebodyListens_No()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.False(await DeathProbe.RefusesAsync("127.0.0.1", port, s_patience, CancellationToken.None));
    }

    [Fact]
    public async Task RefusesAsync_NobodyListens_Yes()
    {
        // Bound and not listening: nobody else can take the port meanwhile.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        Assert.True(await DeathProbe.RefusesAsync("127.0.0.1", port, s_patience, CancellationToken.None));
    }

    [Fact]
    public async Task RefusesAsync_NoAnswerInTime_No()
    {
        using var ended = new CancellationTokenSource();
        await ended.CancelAsync();
        Assert.False(await DeathProbe.RefusesAsync("127.0.0.1", 9, s_patience, ended.Token));
    }
}
