using Akka.Actor;
using MoE.ExpertActors;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>The expert part of a process by itself: no cluster is there.</summary>
public sealed class ExpertRoleSpecs
{
    /// <summary>As in a process that is cut off while it leaves: it joins anew, and is told at once that it is still to leave.</summary>
    [Fact]
    public async Task Should_BeDrained_When_ToldToEndBeforeItsLaneIsBound()
    {
        using var core = MemberNodes.Core(port: 0, role: "expert");
        await using var node = MoE.Host.ClusterNode.Start(core);
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = node.System.ActorOf(EventListener.Props(message =>
        {
            if (message is ExpertNodeDrained)
                drained.TrySetResult();
        }));
        ExpertRole.Start(node, listener).Tell(Drain.Instance);
        await drained.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
