using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>Seeds after a network that lost all of them at once.</summary>
public sealed class CutOffSeedSpecs
{
    /// <param name="gone">So many of the oldest seeds' processes are not there any more; their machines say so.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Should_FormOneClusterAgain_When_EverySeedWasCutOff(int gone)
    {
        var ports = FreePorts(3);
        var addresses = ports.Select(port => new Address("akka.tcp", MoE.Host.ClusterNode.SystemName, "127.0.0.1", port)).ToList();
        var back = addresses.Skip(gone).ToList();
        var cores = ports.Skip(gone).Select(Core).ToList();
        var nodes = new List<MoE.Host.ClusterNode>();
        try
        {
            foreach (var (core, address) in cores.Zip(back))
            {
                core.Known.Set(addresses.Where(other => !other.Equals(address)));
                core.Known.Seeds = [.. addresses];
                nodes.Add(MoE.Host.ClusterNode.Start(core));
            }

            foreach (var node in nodes)
                node.Join(mayForm: false);
            await Task.WhenAll(nodes.Select(UpAsync)).WaitAsync(TimeSpan.FromSeconds(60));
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (nodes.Exists(node => node.Cluster.State.Members.Count(member => member.Status == MemberStatus.Up) < nodes.Count))
                await timer.WaitForNextTickAsync(patience.Token);
            Assert.All(nodes, node => Assert.Equal(back.ToHashSet(), node.Cluster.State.Members.Select(member => member.Address).ToHashSet()));
            Assert.Single(nodes.Select(node => node.Cluster.State.Leader).Distinct());
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
            foreach (var core in cores)
                core.Dispose();
        }
    }

    private static Task UpAsync(MoE.Host.ClusterNode node)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Cluster.RegisterOnMemberUp(() => up.TrySetResult());
        return up.Task;
    }

    private static NodeCore Core(int port) => NodeCore.Open(
        ConfigurationFactory.ParseString("moe.membership { probe-interval = 50ms, probe-limit = 3 }").WithFallback(ConfigurationBuilder.Build(
            ["test", "local", "seed"], null, _ => null,
            new Dictionary<string, string>
            {
                [SettingKeys.Model] = Fixture.Model("olmoe/olmoe-q8_0.gguf"),
                [SettingKeys.Threads] = "1",
                [SettingKeys.Port] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            })),
        remembers: false);

    /// <summary>Ports of loopback that were free a moment ago, all at once so that they differ.</summary>
    private static List<int> FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port).ToList();
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }
}
