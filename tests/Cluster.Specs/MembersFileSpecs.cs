using Akka.Actor;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>Expert nodes that start again and find who was there before.</summary>
public sealed class MembersFileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-members-").FullName;

    [Fact]
    public async Task Should_JoinByAnotherSeed_When_TheOnlyOneThatItIsToldOfIsDead()
    {
        var ports = MemberNodes.FreePorts(2);
        using var first = MemberNodes.Core(ports[0]);
        using var second = MemberNodes.Core(ports[1], ports[0]);
        await using var dying = MoE.Host.ClusterNode.Start(first);
        await using var living = MoE.Host.ClusterNode.Start(second);
        dying.Join(mayForm: true);
        living.Join(mayForm: true);
        await Task.WhenAll(MemberNodes.UpAsync(dying), MemberNodes.UpAsync(living)).WaitAsync(TimeSpan.FromSeconds(60));
        using (var before = Expert(ports[0]))
        {
            await using var expert = MoE.Host.ClusterNode.Start(before);
            expert.Join(mayForm: false);
            await LocalCluster.UntilAsync(() => Task.FromResult(before.Known.Members.Count == 2));
        }

        await dying.System.Terminate();
        using var after = Expert(ports[0]);
        Assert.Equal(2, after.Known.Members.Count);
        await using var restarted = MoE.Host.ClusterNode.Start(after);
        restarted.Join(mayForm: false);
        await MemberNodes.UpAsync(restarted).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(living.Cluster.SelfAddress, restarted.Cluster.State.Members.Select(member => member.Address));
    }

    /// <summary>What the file remembers may be another cluster, which still serves.</summary>
    [Fact]
    public async Task Should_JoinTheSeedThatItIsToldOf_When_ItsFileRemembersAnotherCluster()
    {
        var ports = MemberNodes.FreePorts(2);
        using var told = MemberNodes.Core(ports[0]);
        using var former = MemberNodes.Core(ports[1]);
        await using var there = MoE.Host.ClusterNode.Start(told);
        await using var elsewhere = MoE.Host.ClusterNode.Start(former);
        there.Join(mayForm: true);
        elsewhere.Join(mayForm: true);
        await Task.WhenAll(MemberNodes.UpAsync(there), MemberNodes.UpAsync(elsewhere)).WaitAsync(TimeSpan.FromSeconds(60));
        using var core = Expert(ports[0]);
        core.Known.Set([MemberNodes.AddressOf(ports[1])]);
        await using var expert = MoE.Host.ClusterNode.Start(core);
        expert.Join(mayForm: false);
        await MemberNodes.UpAsync(expert).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(there.Cluster.SelfAddress, expert.Cluster.State.Members.Select(member => member.Address));
    }

    /// <summary>The members that it leaves would let it in again, and it would be back where it was.</summary>
    [Fact]
    public async Task Should_AskThatSeedFirst_When_TheOneThatItIsToldOfFormsAnotherClusterLater()
    {
        var ports = MemberNodes.FreePorts(2);
        using var late = MemberNodes.Core(ports[0]);
        using var former = MemberNodes.Core(ports[1]);
        await using var elsewhere = MoE.Host.ClusterNode.Start(former);
        elsewhere.Join(mayForm: true);
        using var core = Expert(ports[0]);
        core.Known.Set([MemberNodes.AddressOf(ports[1])]);
        await using var expert = MoE.Host.ClusterNode.Start(core);
        expert.Join(mayForm: false);
        await MemberNodes.UpAsync(expert).WaitAsync(TimeSpan.FromSeconds(60));
        await using var told = MoE.Host.ClusterNode.Start(late);
        told.Join(mayForm: true);
        await expert.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([MemberNodes.AddressOf(ports[0])], core.Known.TakeFound());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private NodeCore Expert(int seed) => MemberNodes.Core(port: 0, seed, "expert", Path.Combine(_folder, "members"));
}
