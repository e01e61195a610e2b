using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>Seeds after a network that lost all of them at once, or that kept two clusters apart.</summary>
public sealed class CutOffSeedSpecs
{
    /// <param name="gone">So many of the oldest seeds' processes are not there any more; their machines say so.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Should_FormOneClusterAgain_When_EverySeedWasCutOff(int gone)
    {
        var ports = FreePorts(3);
        var addresses = ports.Select(AddressOf).ToList();
        var back = addresses.Skip(gone).ToList();
        var cores = ports.Skip(gone).Select(port => Core(port)).ToList();
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

    [Fact]
    public async Task Should_FormOneClusterAgain_When_TheOlderSeedWasRestartedMeanwhile()
    {
        var ports = FreePorts(2);
        var addresses = ports.Select(AddressOf).ToList();
        using var cutOff = Core(ports[0]);
        using var restarted = Core(ports[1], ports[0]);
        cutOff.Known.Set([addresses[1]]);
        cutOff.Known.Seeds = [addresses[1], addresses[0]];
        await using var first = MoE.Host.ClusterNode.Start(cutOff);
        await using var second = MoE.Host.ClusterNode.Start(restarted);
        first.Join(mayForm: false);
        second.Join(mayForm: true);
        await Task.WhenAll(UpAsync(first), UpAsync(second)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(first.Cluster.SelfAddress, second.Cluster.State.Members.Select(member => member.Address));
    }

    [Fact]
    public async Task Should_JoinTheClusterOfTheSeedNamedFirst_When_BothClustersHaveASeed()
    {
        var ports = FreePorts(2);
        using var first = Core(ports[0]);
        using var further = Core(ports[1], ports[0]);
        await using var node = MoE.Host.ClusterNode.Start(first);
        node.Join(mayForm: true);
        await UpAsync(node).WaitAsync(TimeSpan.FromSeconds(60));
        await using (var apart = MoE.Host.ClusterNode.Start(further))
        {
            apart.Membership.Form();
            await apart.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var joining = MoE.Host.ClusterNode.Start(further);
        joining.Join(mayForm: false);
        await UpAsync(joining).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(node.Cluster.SelfAddress, joining.Cluster.State.Members.Select(member => member.Address));
    }

    [Fact]
    public async Task Should_LeaveAClusterFormedForWantOfAnAnswer_When_AMemberOfBeforeIsInAnother()
    {
        var ports = FreePorts(2);
        using var before = Core(ports[0]);
        using var restarted = Core(ports[1]);
        await using var member = MoE.Host.ClusterNode.Start(before);
        restarted.Known.Set([AddressOf(ports[0])]);
        await using var seed = MoE.Host.ClusterNode.Start(restarted);
        seed.Join(mayForm: true);
        await UpAsync(seed).WaitAsync(TimeSpan.FromSeconds(60));
        member.Membership.Form();
        await seed.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([AddressOf(ports[0])], restarted.Known.TakeFound());
    }

    private static Address AddressOf(int port) => new("akka.tcp", MoE.Host.ClusterNode.SystemName, "127.0.0.1", port);

    private static Task UpAsync(MoE.Host.ClusterNode node)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Cluster.RegisterOnMemberUp(() => up.TrySetResult());
        return up.Task;
    }

    private static NodeCore Core(int port, int? seed = null) => NodeCore.Open(
        ConfigurationFactory.ParseString($$"""
            moe.membership { probe-interval = 100ms, probe-limit = 20, form-after = 1s, members-file = "" }
            moe.node.seeds = [{{(seed is { } first ? $"\"127.0.0.1:{first}\"" : "")}}]
            """).WithFallback(ConfigurationBuilder.Build(
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
