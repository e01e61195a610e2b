using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;

namespace MoE.Router.Tests;

/// <summary>Of real actor systems, each alone.</summary>
public sealed class AkkaMembershipTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = ActorSystem.Create("member", ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = OFF
          loglevel = OFF
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """));

    private readonly AkkaMembership _membership;

    public AkkaMembershipTests() => _membership = new AkkaMembership(Cluster.Get(_system));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    /// <summary>Akka passes over it there, and the process would wait for a cluster that it has given up.</summary>
    [Fact]
    public async Task Down_SelfThatNobodyHasLetIn_EndsTheMembership()
    {
        _membership.Down(_membership.Self.Address);
        await _membership.Ended.WaitAsync(s_patience);
    }

    [Fact]
    public async Task Down_SelfThatIsAMember_EndsTheMembership()
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _membership.OnUp(up.SetResult);
        _membership.Form();
        await up.Task.WaitAsync(s_patience);
        _membership.Down(_membership.Self.Address);
        await _membership.Ended.WaitAsync(s_patience);
    }
}
