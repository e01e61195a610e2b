using Akka.Actor;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

public sealed class RegistrationSpecs : ExpertNodeFixture
{
    [Fact]
    public void Should_register_again_when_nobody_answers()
    {
        var node = StartNode();
        Assert.Equal(Registration, Coordinator.ExpectMsg<RegisterNode>().Registration);
        Advance(node, Settings.RegisterInterval);
        Coordinator.ExpectMsg<RegisterNode>();
    }

    [Fact]
    public void Should_report_instead_of_registering_when_accepted()
    {
        var node = StartNode();
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new NodeAccepted(Node), Coordinator);
        Assert.Equal(NodeState.Joining, Listener.ExpectMsg<ExpertNodeStateChanged>().State);
        Advance(node, Settings.LoadReportInterval);
        Assert.Equal(new ReportNodeLoad(Node, NodeState.Joining, 0, 0, 0, 0, 0, 0, FetchCounts.None), Coordinator.ExpectMsg<ReportNodeLoad>());
    }

    [Fact]
    public void Should_tell_the_listener_and_fall_silent_when_refused()
    {
        var node = StartNode();
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new RegistrationRefused(Node, RefusalReason.ModelHashDiffers, "another model"), Coordinator);
        Assert.Equal(new ExpertNodeRefused(RefusalReason.ModelHashDiffers, "another model"), Listener.ExpectMsg<ExpertNodeRefused>());
        Advance(node, TimeSpan.FromMinutes(1));
        Coordinator.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Should_ignore_an_answer_when_it_is_for_another_node()
    {
        var node = StartNode();
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new NodeAccepted(new NodeId("127.0.0.1:1#older")), Coordinator);
        Advance(node, Settings.RegisterInterval);
        Coordinator.ExpectMsg<RegisterNode>();
    }

    [Fact]
    public void Should_register_and_take_lower_versions_when_the_coordinator_changed()
    {
        var node = StartNodeWith(1, 2);
        Load(node, 7, 1, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 7);
        node.Tell(CoordinatorChanged.Instance);
        Advance(node, TimeSpan.FromMilliseconds(1));
        Coordinator.FishForMessage<RegisterNode>(_ => true);
        node.Tell(new NodeAccepted(Node), Coordinator);
        Load(node, 1, 2, 3);
        Assert.Equal(3 * RandomModelSource.BytesOfExpert, Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 1).Bytes);
    }

    [Fact]
    public void Should_join_anew_when_refused_by_an_earlier_coordinator()
    {
        var node = StartNode();
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new RegistrationRefused(Node, RefusalReason.Full, "full"), Coordinator);
        node.Tell(CoordinatorChanged.Instance);
        Advance(node, TimeSpan.FromMilliseconds(1));
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new NodeAccepted(Node), Coordinator);
        Advance(node, Settings.LoadReportInterval);
        Coordinator.ExpectMsg<ReportNodeLoad>();
    }

    [Fact]
    public void Should_pass_over_a_former_coordinator_and_ask_again_when_another_has_accepted_it()
    {
        var node = StartNodeWith(1, 2);
        var former = CreateTestProbe();
        node.Tell(new LoadExperts(9, Node, [new(1, 5)]), former);
        Advance(node, TimeSpan.FromMilliseconds(1));
        Coordinator.FishForMessage<RegisterNode>(_ => true);
        node.Tell(new NodeAccepted(Node), Coordinator);
        Load(node, 2, 1, 2, 3);
        Assert.Equal(3 * RandomModelSource.BytesOfExpert, Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 2).Bytes);
    }

    [Fact]
    public void Should_take_lower_versions_when_another_coordinator_accepted_it()
    {
        var node = StartNodeWith(1, 2);
        Load(node, 7, 1, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 7);
        var another = CreateTestProbe();
        node.Tell(new NodeAccepted(Node), another);
        node.Tell(new LoadExperts(1, Node, [new(1, 4)]), another);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 1);
    }
}
