using Akka.Actor;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

public sealed class DrainingSpecs : ExpertNodeFixture
{
    [Fact]
    public void Should_say_that_it_leaves_and_serve_on_when_drained()
    {
        var node = StartNodeWith(1);
        node.Tell(Drain.Instance);
        Coordinator.FishForMessage<NodeLeaving>(leaving => leaving.Node == Node);
        Assert.Equal(NodeState.Draining, Listener.FishForMessage<ExpertNodeStateChanged>(changed => changed.State == NodeState.Draining).State);
        node.Tell(Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        ExpectMsg<ContributionFrame>().Dispose();
    }

    [Fact]
    public void Should_repeat_that_it_leaves_when_nobody_answers()
    {
        var node = StartNodeWith(1);
        node.Tell(Drain.Instance);
        Coordinator.FishForMessage<NodeLeaving>(_ => true);
        Advance(node, Settings.RegisterInterval);
        Coordinator.FishForMessage<NodeLeaving>(_ => true);
    }

    [Fact]
    public void Should_stop_at_once_when_no_cluster_has_accepted_it()
    {
        var node = StartNode();
        Watch(node);
        node.Tell(Drain.Instance);
        Listener.FishForMessage<ExpertNodeDrained>(_ => true);
        ExpectTerminated(node);
    }

    [Fact]
    public void Should_stop_when_released()
    {
        var node = StartNodeWith(1);
        Watch(node);
        node.Tell(Drain.Instance);
        node.Tell(new NodeReleased(Node), Coordinator);
        Listener.FishForMessage<ExpertNodeDrained>(_ => true);
        ExpectTerminated(node);
    }

    [Fact]
    public void Should_answer_what_is_under_way_and_refuse_the_rest_when_released()
    {
        var node = StartNodeWith(1);
        using var open = new ManualResetEventSlim(false);
        Occupy(open);
        node.Tell(Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        node.Tell(Drain.Instance);
        node.Tell(new NodeReleased(Node), Coordinator);
        node.Tell(Frames.Dispatch(2, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        var failed = ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((2UL, DispatchFailure.Draining), (failed.DispatchId, failed.Failure));

        Watch(node);
        open.Set();
        Assert.Equal(1UL, ExpectMsg<ContributionFrame>().DispatchId);
        ExpectTerminated(node);
    }

    [Fact]
    public void Should_go_on_when_released_without_having_asked()
    {
        var node = StartNodeWith(1);
        node.Tell(new NodeReleased(Node), Coordinator);
        node.Tell(Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        ExpectMsg<ContributionFrame>().Dispose();
    }
}
