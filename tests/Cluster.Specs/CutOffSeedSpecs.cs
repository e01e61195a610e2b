using Akka.Cluster;

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
        var ports = MemberNodes.FreePorts(3);
        var addresses = ports.Select(MemberNodes.AddressOf).ToList();
        var back = addresses.Skip(gone).ToList();
        var cores = ports.Skip(gone).Select(port => MemberNodes.Core(port)).ToList();
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
            await Task.WhenAll(nodes.Select(MemberNodes.UpAsync)).WaitAsync(TimeSpan.FromSeconds(60));
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
        var ports = MemberNodes.FreePorts(2);
        var addresses = ports.Select(MemberNodes.AddressOf).ToList();
        using var cutOff = MemberNodes.Core(ports[0]);
        using var restarted = MemberNodes.Core(ports[1], ports[0]);
        cutOff.Known.Set([addresses[1]]);
        cutOff.Known.Seeds = [addresses[1], addresses[0]];
        await using var first = MoE.Host.ClusterNode.Start(cutOff);
        await using var second = MoE.Host.ClusterNode.Start(restarted);
        first.Join(mayForm: false);
        second.Join(mayForm: true);
        await Task.WhenAll(MemberNodes.UpAsync(first), MemberNodes.UpAsync(second)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(first.Cluster.SelfAddress, second.Cluster.State.Members.Select(member => member.Address));
    }

    [Fact]
    public async Task Should_JoinTheClusterOfTheSeedNamedFirst_When_BothClustersHaveASeed()
    {
        var ports = MemberNodes.FreePorts(2);
        using var first = MemberNodes.Core(ports[0]);
        using var further = MemberNodes.Core(ports[1], ports[0]);
        await using var node = MoE.Host.ClusterNode.Start(first);
        node.Join(mayForm: true);
        await MemberNodes.UpAsync(node).WaitAsync(TimeSpan.FromSeconds(60));
        await using (var apart = MoE.Host.ClusterNode.Start(further))
        {
            apart.Membership.Form();
            await apart.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var joining = MoE.Host.ClusterNode.Start(further);
        joining.Join(mayForm: false);
        await MemberNodes.UpAsync(joining).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(node.Cluster.SelfAddress, joining.Cluster.State.Members.Select(member => member.Address));
    }

    [Fact]
    public async Task Should_LeaveAClusterFormedForWantOfAnAnswer_When_AMemberOfBeforeIsInAnother()
    {
        var ports = MemberNodes.FreePorts(2);
        using var before = MemberNodes.Core(ports[0]);
        using var restarted = MemberNodes.Core(ports[1]);
        await using var member = MoE.Host.ClusterNode.Start(before);
        restarted.Known.Set([MemberNodes.AddressOf(ports[0])]);
        await using var seed = MoE.Host.ClusterNode.Start(restarted);
        seed.Join(mayForm: true);
        await MemberNodes.UpAsync(seed).WaitAsync(TimeSpan.FromSeconds(60));
        member.Membership.Form();
        await seed.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([MemberNodes.AddressOf(ports[0])], restarted.Known.TakeFound());
    }
}
