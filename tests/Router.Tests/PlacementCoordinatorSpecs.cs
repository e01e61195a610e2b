using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>The coordinator with probes as nodes and fronts.</summary>
public sealed class PlacementCoordinatorSpecs : RouterSpec
{
    private static readonly PlacementModel s_model = new(4, [(0, 100), (1, 100)]);
    private static readonly NodeId s_front = new("front#1");

    [Fact]
    public void Should_place_publish_and_release_when_nodes_and_a_front_join()
    {
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var front = JoinFront(coordinator);
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        var published = front.ExpectMsg<PublishPlacement>();
        Assert.Equal(version, published.Placement.Version);
        Assert.Equal([Cases.A, Cases.B], published.Endpoints.Select(endpoint => endpoint.Node));
        Assert.Equal(8, published.Placement.Experts.Length);
        a.ExpectNoMsg(0);
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        Assert.Equal(version, a.ExpectMsg<ReleaseExperts>().Version);
        Assert.Equal(version, b.ExpectMsg<ReleaseExperts>().Version);
        Assert.Equal(0, Status(coordinator).MissingCount);
    }

    [Fact]
    public void Should_wait_when_fewer_nodes_than_asked_for_have_joined()
    {
        var coordinator = Start(minNodes: 2);
        var a = Join(coordinator, Cases.A);
        a.ExpectNoMsg(0);
        Assert.Equal((0L, 8), (Status(coordinator).PlacementVersion, Status(coordinator).MissingCount));
        var b = Join(coordinator, Cases.B);
        Assert.Equal(4, a.ExpectMsg<LoadExperts>().Experts.Length);
        Assert.Equal(4, b.ExpectMsg<LoadExperts>().Experts.Length);
    }

    [Theory]
    [InlineData("other", WireVersion.Current, "policy", 9000, RefusalReason.ModelHashDiffers, "hash other, the cluster serves hash")]
    [InlineData("hash", WireVersion.Current + 1, "policy", 9000, RefusalReason.WireVersionDiffers, "wire version 7, the cluster 6")]
    [InlineData("hash", WireVersion.Current, "else", 9000, RefusalReason.NumericPolicyDiffers, "'else', the cluster with 'policy'")]
    [InlineData("hash", WireVersion.Current, "policy", 0, RefusalReason.BadRegistration, "lane port 0")]
    public void Should_refuse_with_the_reason_on_both_sides_when_a_node_differs(
        string hash, int wireVersion, string policy, int port, RefusalReason reason, string message)
    {
        var coordinator = Start();
        var node = CreateTestProbe();
        EventFilter.Warning(contains: message).ExpectOne(() =>
        {
            node.Send(coordinator, new RegisterNode(new NodeRegistration(Cases.A, "127.0.0.1", port, hash, wireVersion, policy, 1000, 1), [], 0));
            var refused = node.ExpectMsg<RegistrationRefused>();
            Assert.Equal((Cases.A, reason), (refused.Node, refused.Reason));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        });
        Assert.Empty(Status(coordinator).Nodes);
    }

    /// <summary>One look may have met a busy machine; the second moves experts to the faster node, in proportion.</summary>
    [Fact]
    public void Should_move_experts_to_the_faster_node_when_two_looks_find_the_same()
    {
        var (coordinator, a, b) = ServingPair();
        Report(coordinator, a, Cases.A, 6_000_000_000);
        Report(coordinator, b, Cases.B, 2_000_000_000);
        Assert.Equal([4, 4], Status(coordinator).Nodes.Select(node => node.Experts.Length));
        Look(coordinator);
        a.ExpectNoMsg(0);
        Look(coordinator);
        Assert.Equal(6, a.ExpectMsg<LoadExperts>().Experts.Length);
        Assert.Equal(2, b.ExpectMsg<LoadExperts>().Experts.Length);
        Assert.Equal(
            [(6_000_000_000, 6_000_000_000), (2_000_000_000, 2_000_000_000)], Status(coordinator).Nodes.Select(node => (node.Speed, node.Weight)));
    }

    [Fact]
    public void Should_move_nothing_when_speeds_differ_little_or_only_once()
    {
        var (coordinator, a, b) = ServingPair();
        Report(coordinator, a, Cases.A, 2_400_000_000);
        Report(coordinator, b, Cases.B, 2_000_000_000);
        Look(coordinator);
        Look(coordinator);
        Report(coordinator, a, Cases.A, 6_000_000_000);
        Look(coordinator);
        Report(coordinator, a, Cases.A, 2_400_000_000);
        Look(coordinator);
        Report(coordinator, a, Cases.A, 6_000_000_000);
        Look(coordinator);
        a.ExpectNoMsg(0);
        b.ExpectNoMsg(0);
    }

    /// <summary>A coordinator that takes over goes by what nodes say that they measured; it does not begin with their threads.</summary>
    [Fact]
    public void Should_place_by_measured_speed_when_nodes_bring_it()
    {
        var coordinator = Start(minNodes: 2);
        var (a, b) = (CreateTestProbe(), CreateTestProbe());
        a.Send(coordinator, new RegisterNode(Registration(Cases.A), [], 6_000_000_000));
        b.Send(coordinator, new RegisterNode(Registration(Cases.B), [], 2_000_000_000));
        a.ExpectMsg<NodeAccepted>();
        b.ExpectMsg<NodeAccepted>();
        Assert.Equal([6, 2], new[] { a, b }.Select(node => node.ExpectMsg<LoadExperts>().Experts.Length));
    }

    [Fact]
    public void Should_refuse_a_front_when_its_model_differs()
    {
        var coordinator = Start();
        var front = CreateTestProbe();
        front.Send(coordinator, new RegisterFront(s_front, "other", WireVersion.Current, "policy", "f32", ExpertPlacement.Empty));
        Assert.Equal(RefusalReason.ModelHashDiffers, front.ExpectMsg<RegistrationRefused>().Reason);
    }

    [Fact]
    public void Should_refuse_a_front_on_both_sides_when_it_stores_keys_and_values_otherwise()
    {
        const string Message = "moe.engine.kv-cache-type = bf16, the cluster f32";
        var coordinator = Start();
        var front = CreateTestProbe();
        EventFilter.Warning(contains: Message).ExpectOne(() =>
        {
            front.Send(coordinator, new RegisterFront(s_front, "hash", WireVersion.Current, "policy", "bf16", ExpertPlacement.Empty));
            var refused = front.ExpectMsg<RegistrationRefused>();
            Assert.Equal((s_front, RefusalReason.KvCacheTypeDiffers), (refused.Node, refused.Reason));
            Assert.Contains(Message, refused.Message, StringComparison.Ordinal);
        });
        Assert.Empty(Status(coordinator).Fronts);
    }

    [Fact]
    public void Should_refuse_one_more_when_the_cluster_is_full()
    {
        var coordinator = Start(maxNodes: 1);
        Join(coordinator, Cases.A);
        var b = CreateTestProbe();
        b.Send(coordinator, new RegisterNode(Registration(Cases.B), [], 0));
        Assert.Equal(RefusalReason.Full, b.ExpectMsg<RegistrationRefused>().Reason);
    }

    [Fact]
    public void Should_say_again_what_to_load_when_a_node_registers_again()
    {
        var coordinator = Start();
        var a = Join(coordinator, Cases.A);
        var first = a.ExpectMsg<LoadExperts>();
        a.Send(coordinator, new RegisterNode(Registration(Cases.A), [], 0));
        a.ExpectMsg<NodeAccepted>();
        Assert.Equal(first.Version, a.ExpectMsg<LoadExperts>().Version);
    }

    [Fact]
    public void Should_repeat_what_a_rollout_waits_for_when_messages_were_lost()
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        var a = Join(coordinator, Cases.A);
        var version = a.ExpectMsg<LoadExperts>().Version;
        Scheduler.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(version, a.ExpectMsg<LoadExperts>().Version);
        a.Send(coordinator, new ExpertsReady(version, Cases.A, 800));
        front.ExpectMsg<PublishPlacement>();
        Scheduler.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(version, front.ExpectMsg<PublishPlacement>().Placement.Version);
    }

    [Fact]
    public void Should_place_elsewhere_when_a_node_dies()
    {
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        a.ExpectMsg<ReleaseExperts>();
        Sys.Stop(b.Ref);
        var load = a.ExpectMsg<LoadExperts>();
        Assert.True(load.Version > version);
        Assert.Equal(8, load.Experts.Length);
        Assert.Equal(4, Status(coordinator).MissingCount);
        a.Send(coordinator, new ExpertsReady(load.Version, Cases.A, 800));
        Assert.Equal(load.Version, a.ExpectMsg<ReleaseExperts>().Version);
        Assert.Equal(0, Status(coordinator).MissingCount);
    }

    [Fact]
    public void Should_pass_a_node_over_when_it_cannot_load()
    {
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        Serve(coordinator, (Cases.A, a), (Cases.B, b));
        a.ExpectMsg<ReleaseExperts>();
        b.ExpectMsg<ReleaseExperts>();
        var c = Join(coordinator, Cases.C);
        var version = c.ExpectMsg<LoadExperts>().Version;
        c.Send(coordinator, new LoadFailed(version, Cases.C, "disk"));
        var again = c.ExpectMsg<LoadExperts>();
        Assert.True(again.Version > version || again.Experts.IsEmpty);
        Assert.Empty(again.Experts);
        Assert.Equal(0, Status(coordinator).MissingCount);
    }

    /// <summary>A disk that was full, or peers that were away: the node gets its share once it can load it, and the pauses grow until then.</summary>
    [Fact]
    public void Should_have_a_node_that_could_not_load_try_again_when_a_growing_pause_is_over()
    {
        var (coordinator, a, b) = ServingPair();
        var c = Join(coordinator, Cases.C);
        foreach (var (pause, failures) in new[] { (5, 1), (10, 2), (15, 3), (15, 4) })
        {
            c.Send(coordinator, new LoadFailed(c.FishForMessage<LoadExperts>(load => load.Experts.Length > 0).Version, Cases.C, "disk"));
            var status = Status(coordinator).Nodes.Single(node => node.Registration.Node == Cases.C);
            Assert.Equal(("disk", failures), (status.LoadError, status.LoadFailures));
            c.FishForMessage<LoadExperts>(load => load.Experts.IsEmpty);
            Scheduler.Advance(TimeSpan.FromSeconds(pause - 1));
            Status(coordinator);
            c.ExpectNoMsg(0);
            Scheduler.Advance(TimeSpan.FromSeconds(1));
        }

        var version = c.FishForMessage<LoadExperts>(load => load.Experts.Length > 0).Version;
        a.FishForMessage<LoadExperts>(load => load.Version == version);
        b.FishForMessage<LoadExperts>(load => load.Version == version);
        foreach (var (node, probe) in new[] { (Cases.A, a), (Cases.B, b), (Cases.C, c) })
            probe.Send(coordinator, new ExpertsReady(version, node, 0));
        Assert.Equal(version, Status(coordinator).PlacementVersion);
        Assert.Equal(("", 0), Status(coordinator).Nodes.Select(node => (node.LoadError, node.LoadFailures)).Distinct().Single());
    }

    [Fact]
    public void Should_release_a_leaving_node_when_no_front_routes_to_it()
    {
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var front = JoinFront(coordinator);
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        front.ExpectMsg<PublishPlacement>();
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        a.ExpectMsg<ReleaseExperts>();
        b.ExpectMsg<ReleaseExperts>();
        b.Send(coordinator, new NodeLeaving(Cases.B));
        var load = a.ExpectMsg<LoadExperts>();
        Assert.Equal(8, load.Experts.Length);
        a.Send(coordinator, new ExpertsReady(load.Version, Cases.A, 800));
        Assert.Equal(load.Version, front.ExpectMsg<PublishPlacement>().Placement.Version);
        b.ExpectMsg<LoadExperts>();
        b.ExpectNoMsg(0);
        front.Send(coordinator, new PlacementAdopted(load.Version, s_front));
        b.FishForMessage(message => message is NodeReleased);
        Assert.Equal([Cases.A], Status(coordinator).Nodes.Select(node => node.Registration.Node));
    }

    /// <summary>The answer that it may go was lost, and it asks again.</summary>
    [Fact]
    public void Should_release_at_once_when_it_does_not_know_the_node()
    {
        var coordinator = Start();
        Join(coordinator, Cases.A);
        coordinator.Tell(new NodeLeaving(Cases.C), TestActor);
        Assert.Equal(Cases.C, ExpectMsg<NodeReleased>().Node);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Should_keep_a_leaving_node_when_the_fronts_placement_that_names_it_comes_later(bool registered)
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        var b = registered ? Join(coordinator, Cases.B, old.ExpertsOf(Cases.B)) : CreateTestProbe();
        b.Send(coordinator, new NodeLeaving(Cases.B));
        Status(coordinator);
        b.ExpectNoMsg(0);
        var front = JoinFront(coordinator, old);
        front.ExpectMsg<PublishPlacement>();
        if (!registered)
        {
            b.Send(coordinator, new RegisterNode(Registration(Cases.B), old.ExpertsOf(Cases.B), 0));
            b.ExpectMsg<NodeAccepted>();
            b.Send(coordinator, new NodeLeaving(Cases.B));
        }

        var a = Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        var load = a.ExpectMsg<LoadExperts>();
        Assert.Equal((8L, 8), (load.Version, load.Experts.Length));
        a.Send(coordinator, new ExpertsReady(load.Version, Cases.A, 800));
        Assert.Equal(load.Version, front.FishForMessage<PublishPlacement>(published => published.Placement.Version > 7).Placement.Version);
        Assert.Equal(2, Status(coordinator).Nodes.Length);
        front.Send(coordinator, new PlacementAdopted(load.Version, s_front));
        b.FishForMessage(message => message is NodeReleased);
    }

    /// <summary>Nobody is there to route to it: it need not wait for longer than fronts have to speak.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Should_release_a_leaving_node_when_no_front_spoke_in_time(bool registered)
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start(minNodes: 2);
        var b = registered ? Join(coordinator, Cases.B, old.ExpertsOf(Cases.B)) : CreateTestProbe();
        b.Send(coordinator, new NodeLeaving(Cases.B));
        Status(coordinator);
        b.ExpectNoMsg(0);
        Scheduler.Advance(TimeSpan.FromSeconds(3));
        Status(coordinator);
        if (!registered)
            b.Send(coordinator, new NodeLeaving(Cases.B));
        Assert.Equal(Cases.B, b.ExpectMsg<NodeReleased>().Node);
    }

    [Fact]
    public void Should_go_on_without_a_front_when_it_adopts_too_late()
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        var a = Join(coordinator, Cases.A);
        var version = Serve(coordinator, (Cases.A, a));
        front.ExpectMsg<PublishPlacement>();
        EventFilter.Warning(contains: "did not adopt placement").ExpectOne(() => Scheduler.Advance(TimeSpan.FromSeconds(30)));
        Assert.Equal(version, a.FishForMessage<ReleaseExperts>(_ => true).Version);
    }

    /// <summary>No rollout waits for a front that comes later, so nothing repeats the one word that it gets.</summary>
    [Fact]
    public void Should_publish_again_when_a_front_reports_that_it_has_not_heard()
    {
        var (coordinator, a, _) = ServingPair();
        var front = JoinFront(coordinator);
        var version = front.ExpectMsg<PublishPlacement>().Placement.Version;
        front.Send(coordinator, new ReportExpertLoad(s_front, 0, []));
        Assert.Equal(version, front.ExpectMsg<PublishPlacement>().Placement.Version);
        front.Send(coordinator, new ReportExpertLoad(s_front, version, []));
        Status(coordinator);
        front.ExpectNoMsg(0);
        a.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_tell_a_node_its_experts_again_when_it_reports_that_it_has_not_heard()
    {
        var (coordinator, a, b) = ServingPair();
        var version = Status(coordinator).PlacementVersion;
        a.Send(coordinator, new ReportNodeLoad(Cases.A, NodeState.Joining, 0, 0, 0, 0, 0, 0, FetchCounts.None));
        var load = a.ExpectMsg<LoadExperts>();
        Assert.Equal((version, 4), (load.Version, load.Experts.Length));
        a.Send(coordinator, new ReportNodeLoad(Cases.A, NodeState.Loading, 0, 0, 0, 0, 0, 0, FetchCounts.None));
        Status(coordinator);
        a.ExpectNoMsg(0);
        b.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_report_loads_and_reachability()
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        var a = Join(coordinator, Cases.A);
        Serve(coordinator, (Cases.A, a));
        a.Send(coordinator, new ReportNodeLoad(Cases.A, NodeState.Ready, 8, 800, 12, 3, 1, 0, FetchCounts.None));
        front.Send(coordinator, new ReportExpertLoad(s_front, 1, [new ExpertLoad(new ExpertId(0, 2), 5)]));
        var status = Status(coordinator);
        var node = Assert.Single(status.Nodes);
        Assert.Equal((NodeState.Ready, 800L, 12L, 3L, 1, true), (node.State, node.BytesHeld, node.RowsComputed, node.DispatchesServed, node.QueueLength, node.Reachable));
        Assert.True(new ExpertLoad(new ExpertId(0, 2), 5) == Assert.Single(status.Loads));
        coordinator.Tell(new MemberReachability(Cases.A, false));
        Assert.Equal(8, Status(coordinator).MissingCount);
        Sys.Stop(front.Ref);
        AwaitAssert(() => Assert.Empty(Status(coordinator).Fronts));
    }

    /// <summary>A process that starts again has its predecessor's address; here all actors have one.</summary>
    [Fact]
    public void Should_lose_nobody_else_when_a_process_is_down()
    {
        var coordinator = Start();
        JoinFront(coordinator);
        Join(coordinator, Cases.A);
        Join(coordinator, Cases.B);
        coordinator.Tell(new MemberDown(Cases.A));
        var status = Status(coordinator);
        Assert.Equal(Cases.B, Assert.Single(status.Nodes).Registration.Node);
        Assert.Single(status.Fronts);
        coordinator.Tell(new MemberDown(s_front));
        Assert.Empty(Status(coordinator).Fronts);
    }

    [Fact]
    public void Should_keep_everything_where_it_is_when_it_follows_another_coordinator()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        var front = JoinFront(coordinator, old);
        Assert.Equal(7, front.ExpectMsg<PublishPlacement>().Placement.Version);
        var a = Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        a.ExpectNoMsg(0);
        var b = Join(coordinator, Cases.B, old.ExpertsOf(Cases.B));
        a.ExpectNoMsg(0);
        b.ExpectNoMsg(0);
        Assert.Equal((7L, 0), (Status(coordinator).PlacementVersion, Status(coordinator).MissingCount));
        var c = Join(coordinator, Cases.C);
        Assert.Equal(8, c.ExpectMsg<LoadExperts>().Version);
    }

    [Fact]
    public void Should_go_on_from_the_fronts_placement_when_it_had_already_planned_its_own()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        var c = Join(coordinator, Cases.C);
        Assert.Equal(1, c.ExpectMsg<LoadExperts>().Version);
        var front = JoinFront(coordinator, old);
        front.ExpectMsg<PublishPlacement>();
        c.Send(coordinator, new ExpertsReady(1, Cases.C, 800));
        Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        Join(coordinator, Cases.B, old.ExpertsOf(Cases.B));
        Assert.Equal(8, c.ExpectMsg<LoadExperts>().Version);
        front.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_keep_what_nodes_hold_when_no_front_remembers_a_placement()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        var a = Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        var b = Join(coordinator, Cases.B, old.ExpertsOf(Cases.B));
        a.ExpectNoMsg(0);
        Scheduler.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(old.ExpertsOf(Cases.A).ToArray(), a.ExpectMsg<LoadExperts>().Experts.ToArray());
        Assert.Equal(old.ExpertsOf(Cases.B).ToArray(), b.ExpectMsg<LoadExperts>().Experts.ToArray());
    }

    [Fact]
    public void Should_wait_for_the_fronts_word_when_it_stood_by_for_another_coordinator()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        Status(coordinator);
        Scheduler.Advance(TimeSpan.FromMinutes(1));
        var a = Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        var b = Join(coordinator, Cases.B, old.ExpertsOf(Cases.B));
        a.ExpectNoMsg(0);
        JoinFront(coordinator, old);
        Assert.Equal((7L, 0), (Status(coordinator).PlacementVersion, Status(coordinator).MissingCount));
        a.ExpectNoMsg(0);
        b.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_say_what_to_hold_when_a_late_front_brings_back_an_older_placement()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        Serve(coordinator, (Cases.A, a), (Cases.B, b));
        a.FishForMessage(message => message is ReleaseExperts);
        b.FishForMessage(message => message is ReleaseExperts);
        JoinFront(coordinator, old);
        Assert.Equal(8, a.ExpectMsg<LoadExperts>().Version);
        Assert.Equal(8, b.ExpectMsg<LoadExperts>().Version);
    }

    [Fact]
    public void Should_number_anew_when_a_late_front_routes_by_another_placement_of_the_same_number()
    {
        var coordinator = Start();
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        a.FishForMessage(message => message is ReleaseExperts);
        var front = JoinFront(coordinator, Cases.Placement(version, _ => Cases.C));
        Scheduler.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(version + 1, a.FishForMessage<LoadExperts>(_ => true).Version);
        b.FishForMessage<LoadExperts>(load => load.Version == version + 1);
        a.Send(coordinator, new ExpertsReady(version + 1, Cases.A, 0));
        b.Send(coordinator, new ExpertsReady(version + 1, Cases.B, 0));
        Assert.Equal(version + 1, front.FishForMessage<PublishPlacement>(published => published.Placement.Version > version).Placement.Version);
    }

    [Fact]
    public void Should_tell_a_new_front_where_every_node_listens_when_they_come_back_after_it()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        JoinFront(coordinator, old).ExpectMsg<PublishPlacement>();
        Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        var late = CreateTestProbe();
        late.Send(coordinator, new RegisterFront(new NodeId("front#2"), "hash", WireVersion.Current, "policy", "f32", ExpertPlacement.Empty));
        late.ExpectMsg<FrontAccepted>();
        late.ExpectNoMsg(0);
        Join(coordinator, Cases.B, old.ExpertsOf(Cases.B));
        Assert.Equal([Cases.A, Cases.B], late.ExpectMsg<PublishPlacement>().Endpoints.Select(endpoint => endpoint.Node));
    }

    [Fact]
    public void Should_have_nodes_load_what_the_fronts_placement_names_when_they_no_longer_hold_it()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        JoinFront(coordinator, old);
        Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        var b = Join(coordinator, Cases.B);
        Assert.Equal(old.ExpertsOf(Cases.B).ToArray(), b.ExpectMsg<LoadExperts>().Experts.ToArray());
    }

    [Fact]
    public void Should_give_copies_up_when_they_leave_no_room_for_what_is_lost()
    {
        var model = new PlacementModel(2, [(0, 100)]);
        var placement = ExpertPlacement.Create(7, new Dictionary<ExpertId, ImmutableArray<NodeId>>
        {
            [new ExpertId(0, 0)] = [Cases.A, Cases.B],
            [new ExpertId(0, 1)] = [Cases.C],
        });
        var coordinator = Start(goals: new PlacementGoals(2, 2), model: model);
        JoinFront(coordinator, placement);
        var (a, b) = (JoinSmall(coordinator, Cases.A), JoinSmall(coordinator, Cases.B));
        Status(coordinator);
        Scheduler.Advance(TimeSpan.FromSeconds(3));
        var loads = new[] { a.ExpectMsg<LoadExperts>(), b.ExpectMsg<LoadExperts>() };
        Assert.Equal([0, 1], loads.Select(load => Assert.Single(load.Experts).Expert).Order());

        TestProbe JoinSmall(IActorRef to, NodeId node)
        {
            var probe = CreateTestProbe();
            probe.Send(to, new RegisterNode(Registration(node) with { MemoryBudgetBytes = 100 }, placement.ExpertsOf(node), 0));
            probe.ExpectMsg<NodeAccepted>();
            return probe;
        }
    }

    [Fact]
    public void Should_place_what_is_lost_when_a_node_does_not_come_back_to_a_new_coordinator()
    {
        var old = Cases.OnAAndB(7);
        var coordinator = Start();
        JoinFront(coordinator, old);
        var a = Join(coordinator, Cases.A, old.ExpertsOf(Cases.A));
        a.ExpectNoMsg(0);
        Scheduler.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((8L, 8), a.ExpectMsg<LoadExperts>() is var load ? (load.Version, load.Experts.Length) : default);
    }

    [Fact]
    public void Should_load_only_what_is_lost_first_and_balance_afterwards_when_a_node_dies()
    {
        var coordinator = Start();
        var probes = new[] { Cases.A, Cases.B, Cases.C }.ToDictionary(node => node, node => Join(coordinator, node));
        Serve(coordinator, [.. probes.Select(pair => (pair.Key, pair.Value))]);
        foreach (var probe in probes.Values)
            probe.FishForMessage(message => message is ReleaseExperts);
        var before = Status(coordinator).Nodes.ToDictionary(node => node.Registration.Node, node => node.Experts);
        Sys.Stop(probes[Cases.C].Ref);
        foreach (var node in new[] { Cases.A, Cases.B })
        {
            var load = probes[node].ExpectMsg<LoadExperts>();
            Assert.Subset(load.Experts.ToHashSet(), before[node].ToHashSet());
            probes[node].Send(coordinator, new ExpertsReady(load.Version, node, 100));
        }
    }

    [Fact]
    public void Should_serve_one_copy_and_then_load_the_second_when_machines_have_memory()
    {
        var coordinator = Start(minNodes: 2, goals: PlacementGoals.Automatic(maxReplicas: 3));
        var probes = new[] { Cases.A, Cases.B }.ToDictionary(node => node, node => CreateTestProbe());
        foreach (var (node, probe) in probes)
        {
            probe.Send(coordinator, new RegisterNode(Registration(node) with { LaneHost = node.Value }, [], 0));
            probe.ExpectMsg<NodeAccepted>();
        }

        Serve(coordinator, [.. probes.Select(pair => (pair.Key, pair.Value))]);
        Assert.Equal([4, 4], Status(coordinator).Nodes.Select(node => node.Experts.Length));
        foreach (var probe in probes.Values)
            Assert.Equal(8, probe.FishForMessage<LoadExperts>(_ => true).Experts.Length);
        Assert.Equal(8, Status(coordinator).BelowFloor);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Should_warn_that_a_front_is_gone_only_when_it_has_not_ended_in_order(bool inOrder, int warnings)
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        EventFilter.Warning(contains: "is gone").Expect(warnings, () =>
        {
            if (inOrder)
                Sys.Stop(front.Ref);
            else
                coordinator.Tell(new MemberDown(s_front));
            AwaitAssert(() => Assert.Empty(Status(coordinator).Fronts));
        });
    }

    [Fact]
    public void Should_tell_fronts_what_the_first_placement_waits_for()
    {
        var coordinator = Start(minNodes: 2);
        var front = CreateTestProbe();
        front.Send(coordinator, Front(ExpertPlacement.Empty));
        front.ExpectMsg<FrontAccepted>();
        string Pending() => front.ExpectMsg<PlacementPending>().Reason;
        Assert.Equal("0 of 2 expert nodes are here, waiting for 2 (moe.placement.min-nodes)", Pending());
        var a = Join(coordinator, Cases.A);
        Assert.Equal("1 of 2 expert nodes are here, waiting for 1 (moe.placement.min-nodes)", Pending());
        Sys.Stop(a.Ref);
        Assert.StartsWith("0 of 2", Pending(), StringComparison.Ordinal);
        var tiny = CreateTestProbe();
        tiny.Send(coordinator, new RegisterNode(Registration(Cases.A) with { MemoryBudgetBytes = 1 }, [], 0));
        tiny.ExpectMsg<NodeAccepted>();
        Assert.StartsWith("1 of 2", Pending(), StringComparison.Ordinal);
        var small = CreateTestProbe();
        small.Send(coordinator, new RegisterNode(Registration(Cases.B) with { MemoryBudgetBytes = 1 }, [], 0));
        Assert.Contains("offer 2 bytes", Pending(), StringComparison.Ordinal);
        var c = Join(coordinator, Cases.C);
        Assert.Equal("1 expert node loads the experts", Pending());
        Serve(coordinator, (Cases.C, c));
        front.ExpectMsg<PublishPlacement>();
        front.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_tell_fronts_when_nobody_has_room_for_what_is_lost()
    {
        var coordinator = Start();
        var small = CreateTestProbe();
        small.Send(coordinator, new RegisterNode(Registration(Cases.A) with { MemoryBudgetBytes = 400 }, [], 0));
        small.ExpectMsg<NodeAccepted>();
        var b = Join(coordinator, Cases.B);
        var front = JoinFront(coordinator);
        var version = Serve(coordinator, (Cases.A, small), (Cases.B, b));
        front.ExpectMsg<PublishPlacement>();
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        b.FishForMessage(message => message is ReleaseExperts);
        Sys.Stop(b.Ref);
        Assert.Contains("offer 400 bytes", front.ExpectMsg<PlacementImpossible>().Reason, StringComparison.Ordinal);
        var late = CreateTestProbe();
        late.Send(coordinator, new RegisterFront(new NodeId("front#2"), "hash", WireVersion.Current, "policy", "f32", ExpertPlacement.Empty));
        late.FishForMessage(message => message is PlacementImpossible);
    }

    [Fact]
    public void Should_give_nodes_up_when_they_hang_and_take_them_back_as_they_were_when_they_answer()
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        var a = Join(coordinator, Cases.A);
        var version = Serve(coordinator, (Cases.A, a));
        front.ExpectMsg<PublishPlacement>();
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        a.ExpectMsg<ReleaseExperts>();
        coordinator.Tell(new MemberReachability(Cases.A, false));
        Status(coordinator);
        front.ExpectNoMsg(0);
        Scheduler.Advance(TimeSpan.FromSeconds(4));
        front.ExpectMsg<PlacementImpossible>();
        coordinator.Tell(new MemberReachability(Cases.A, true));
        Assert.Equal((version, 0), Status(coordinator) is var status ? (status.PlacementVersion, status.MissingCount) : default);
        a.ExpectNoMsg(0);
    }

    /// <summary>Some members cannot reach it, while it reaches this one.</summary>
    [Fact]
    public void Should_place_elsewhere_when_a_node_that_registers_has_been_unreachable_before()
    {
        var coordinator = Start(minNodes: 2);
        coordinator.Tell(new MemberReachability(Cases.A, false));
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        Serve(coordinator, (Cases.A, a), (Cases.B, b));
        Assert.False(Status(coordinator).Nodes.Single(node => node.Registration.Node == Cases.A).Reachable);
        b.FishForMessage(message => message is ReleaseExperts);
        Scheduler.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(8, b.ExpectMsg<LoadExperts>().Experts.Length);
    }

    [Fact]
    public void Should_take_a_process_for_reachable_when_the_one_before_of_that_name_is_down()
    {
        var coordinator = Start();
        coordinator.Tell(new MemberReachability(Cases.A, false));
        coordinator.Tell(new MemberDown(Cases.A));
        Join(coordinator, Cases.A);
        Assert.True(Status(coordinator).Nodes.Single().Reachable);
    }

    [Fact]
    public void Should_give_a_node_no_more_experts_when_a_front_reports_its_faults()
    {
        var coordinator = Start();
        var front = JoinFront(coordinator);
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        front.ExpectMsg<PublishPlacement>();
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        a.FishForMessage(message => message is ReleaseExperts);
        b.FishForMessage(message => message is ReleaseExperts);
        EventFilter.Error(contains: "is quarantined").ExpectOne(() => front.Send(coordinator, new ReportNodeFault(s_front, Cases.B, "NaN")));
        Assert.Equal(8, a.ExpectMsg<LoadExperts>().Experts.Length);
        Assert.Equal("NaN", Status(coordinator).Nodes.Single(node => node.Registration.Node == Cases.B).Quarantine);
    }

    [Fact]
    public void Should_copy_a_hot_expert_when_the_load_of_an_interval_is_uneven()
    {
        var coordinator = Start(goals: new PlacementGoals(1, 2));
        var front = JoinFront(coordinator);
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        var version = Serve(coordinator, (Cases.A, a), (Cases.B, b));
        var placement = front.ExpectMsg<PublishPlacement>().Placement;
        front.Send(coordinator, new PlacementAdopted(version, s_front));
        a.FishForMessage(message => message is ReleaseExperts);
        b.FishForMessage(message => message is ReleaseExperts);
        var hot = placement.ExpertsOf(Cases.A)[0];
        front.Send(coordinator, new ReportExpertLoad(s_front, version, [new ExpertLoad(hot, 1000)]));
        Status(coordinator);
        Scheduler.Advance(TimeSpan.FromMinutes(1));
        var load = b.FishForMessage<LoadExperts>(_ => true);
        Assert.Contains(hot, load.Experts);
    }

    private IActorRef Start(int minNodes = 1, int maxNodes = 10, PlacementGoals? goals = null, PlacementModel? model = null) => Sys.ActorOf(PlacementCoordinator.Props(
        new CoordinatorIdentity("hash", "policy", "f32"), model ?? s_model,
        Cases.Coordinator(minNodes, maxNodes, goals)));

    /// <summary>Two nodes that hold four experts each, with nothing on its way.</summary>
    private (IActorRef Coordinator, TestProbe A, TestProbe B) ServingPair()
    {
        var coordinator = Start(minNodes: 2);
        var (a, b) = (Join(coordinator, Cases.A), Join(coordinator, Cases.B));
        Serve(coordinator, (Cases.A, a), (Cases.B, b));
        a.ExpectMsg<ReleaseExperts>();
        b.ExpectMsg<ReleaseExperts>();
        return (coordinator, a, b);
    }

    private static void Report(IActorRef coordinator, TestProbe probe, NodeId node, long speed) =>
        probe.Send(coordinator, new ReportNodeLoad(node, NodeState.Ready, 4, 400, 12, 3, 0, speed, FetchCounts.None));

    /// <summary>Time for one look at speeds and load, and until it is over.</summary>
    private void Look(IActorRef coordinator)
    {
        Scheduler.Advance(TimeSpan.FromMinutes(1));
        Status(coordinator);
    }

    private static NodeRegistration Registration(NodeId node) => new(node, "127.0.0.1", 9000, "hash", WireVersion.Current, "policy", 10_000, 1);

    private TestProbe Join(IActorRef coordinator, NodeId node, params ImmutableArray<ExpertId> held)
    {
        var probe = CreateTestProbe();
        probe.Send(coordinator, new RegisterNode(Registration(node), held, 0));
        Assert.Equal(node, probe.ExpectMsg<NodeAccepted>().Node);
        return probe;
    }

    private TestProbe JoinFront(IActorRef coordinator, ExpertPlacement? placement = null)
    {
        var probe = CreateTestProbe();
        probe.IgnoreMessages(message => message is PlacementPending);
        probe.Send(coordinator, Front(placement ?? ExpertPlacement.Empty));
        probe.ExpectMsg<FrontAccepted>();
        return probe;
    }

    private static RegisterFront Front(ExpertPlacement placement) => new(s_front, "hash", WireVersion.Current, "policy", "f32", placement);

    /// <summary>Lets every node load what it was last asked to.</summary>
    private static long Serve(IActorRef coordinator, params (NodeId Node, TestProbe Probe)[] nodes)
    {
        var version = 0L;
        var loads = nodes.Select(node => (node.Node, node.Probe, Loads: new List<LoadExperts>())).ToList();
        foreach (var (_, probe, asked) in loads)
        {
            asked.Add(probe.ExpectMsg<LoadExperts>());
            version = Math.Max(version, asked[^1].Version);
        }

        foreach (var (node, probe, asked) in loads)
        {
            while (asked[^1].Version < version)
                asked.Add(probe.ExpectMsg<LoadExperts>());
            probe.Send(coordinator, new ExpertsReady(version, node, 100 * asked[^1].Experts.Length));
        }

        return version;
    }

    private ClusterStatus Status(IActorRef coordinator)
    {
        var probe = CreateTestProbe();
        probe.Send(coordinator, new GetClusterStatus());
        return probe.ExpectMsg<ClusterStatus>();
    }
}
