using Akka.Actor;
using MoE.Protocol;

namespace MoE.Cluster.Specs;

/// <summary>The actor system of a process that serves.</summary>
public sealed class AbandonedMessagesSpecs
{
    [Fact]
    public async Task Should_DisposeAMessage_When_NobodyGetsIt()
    {
        using var core = MemberNodes.Core(port: 0);
        await using var node = MoE.Host.ClusterNode.Start(core);
        var message = new Owning();
        node.System.DeadLetters.Tell(message);
        Assert.Equal(1, message.Disposals);
    }

    private sealed class Owning : IOwningMessage
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
