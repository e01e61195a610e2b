using System.Net;
using System.Net.Sockets;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class ListenTests
{
    [Fact]
    public async Task Start_PortInUse_NamesTheAddressAndLogsNothing()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var (failure, log) = await FailAsync($"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");
        Assert.IsAssignableFrom<IOException>(failure);
        Assert.Contains($":{((IPEndPoint)other.LocalEndpoint).Port}", failure.Message, StringComparison.Ordinal);
        Assert.Empty(log.Errors);
    }

    [Fact]
    public async Task Start_AddressOfAnotherMachine_NamesKeyAndAddress()
    {
        // From the block that is set aside for documentation (RFC 5737): no machine has it.
        var (failure, log) = await FailAsync("http://192.0.2.1:80");
        Assert.IsAssignableFrom<SocketException>(failure);
        Assert.StartsWith("moe.http.url: cannot listen on 192.0.2.1:80: ", failure.Message, StringComparison.Ordinal);
        Assert.Empty(log.Errors);
    }

    private static async Task<(Exception Failure, FakeLog Log)> FailAsync(string url)
    {
        var log = new FakeLog();
        await using var app = MoEHttp.CreateApp(new HttpSettings { Url = url }, new FakeEngine(), new FakeCluster(), null, log);
        return (await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync()), log);
    }
}
