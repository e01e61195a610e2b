using Akka.Actor;
using Akka.TestKit;
using MoE.Gating;
using MoE.Kernels;
using MoE.Lane;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>The dispatcher with probes as its lanes: a dispatch ends in one of two ways, and always ends.</summary>
public sealed class TokenDispatcherSpecs : RouterSpec
{
    private static readonly ComputePool s_pool = new(2, "spec");
    private static readonly DispatchSettings s_settings = Cases.Settings;
    private readonly Dictionary<NodeId, TestProbe> _lanes = [];
    private readonly TestProbe _dialled;
    private readonly FrontReadiness _readiness = new();
    private readonly DispatchMetrics _metrics = new();

    public TokenDispatcherSpecs()
    {
        _dialled = CreateTestProbe();
        foreach (var node in new[] { Cases.A, Cases.B, Cases.C })
            _lanes[node] = CreateTestProbe();
    }

    [Fact]
    public void Should_send_each_node_one_frame_and_complete_when_both_answered_in_any_order()
    {
        var dispatcher = Ready();
        foreach (var reversed in new[] { false, true })
        {
            using var handle = Start(dispatcher, reversed ? 2UL : 1UL, [0, 1], [1, 3], [2, 3]);
            var frames = new[] { Cases.A, Cases.B }.Select(node => (Node: node, Frame: _lanes[node].ExpectMsg<DispatchFrame>())).ToList();
            if (reversed)
                frames.Reverse();
            foreach (var (node, frame) in frames)
                _lanes[node].Send(dispatcher, Cases.Answer(frame));
            var pairs = Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20)));
            Assert.Equal(6, pairs.Count);
            Assert.All(pairs, pair => Assert.Equal(
                Enumerable.Range(0, Cases.HiddenSize).Select(column => 10f * pair.Key.Token + column + 100 * pair.Key.Expert), pair.Value));
            foreach (var node in new[] { Cases.A, Cases.B })
                _lanes[node].ExpectNoMsg(0);
        }
    }

    [Fact]
    public void Should_name_node_layer_and_experts_when_the_deadline_passes()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 1], [2, 3]);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        Scheduler.Advance(TimeSpan.FromSeconds(29));
        Scheduler.Advance(TimeSpan.FromSeconds(2));
        var message = Error(handle);
        Assert.Contains("layer 1", message, StringComparison.Ordinal);
        Assert.Contains(Cases.B.Value, message, StringComparison.Ordinal);
        Assert.Contains("experts 2-3", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Cases.A.Value, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_fail_by_the_deadline_when_the_routing_never_comes()
    {
        var dispatcher = Ready();
        using var handle = Cases.Handle(1, 1);
        dispatcher.Tell(handle.Expectation);
        Ask(dispatcher);
        Scheduler.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("gating actor", Error(handle), StringComparison.Ordinal);
    }

    /// <summary>The layer's own limit is minutes.</summary>
    [Fact]
    public void Should_fail_at_once_when_the_dispatcher_has_stopped()
    {
        var dispatcher = Watch(Ready());
        Sys.Stop(dispatcher);
        ExpectTerminated(dispatcher);
        using var handle = Cases.Handle(1, 1);
        dispatcher.Tell(handle.Expectation);
        Assert.True(handle.Ended);
        Assert.Equal("layer 1: the front's dispatcher has stopped", Error(handle));
    }

    [Fact]
    public void Should_wait_and_send_again_when_a_lane_closes_under_a_dispatch_and_comes_back()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 3]);
        var first = _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        _lanes[Cases.B].Send(dispatcher, new LaneClosed(Cases.B, LaneCloseReason.ClosedByPeer, "gone"));
        AwaitAssert(() => Assert.False(_readiness.Ready));
        Assert.True(_readiness.Accepting);
        Assert.Contains(Cases.B.Value, _readiness.Reason, StringComparison.Ordinal);
        _lanes[Cases.B].Send(dispatcher, new LaneOpened(Cases.B));
        var again = _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        Assert.NotEqual(first.DispatchId, again.DispatchId);
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(first));
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(again));
        Assert.Equal(2, Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))).Count);
        _lanes[Cases.A].ExpectNoMsg(0);
    }

    [Fact]
    public void Should_name_what_is_lost_when_a_lane_closes_and_nothing_comes_back()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 3]);
        _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        _lanes[Cases.B].Send(dispatcher, new LaneClosed(Cases.B, LaneCloseReason.ClosedByPeer, "gone"));
        AwaitAssert(() => Assert.False(_readiness.Ready));
        Scheduler.Advance(s_settings.RecoveryTimeout + s_settings.DeadlineTick);
        var message = Error(handle);
        Assert.Contains(Cases.B.Value, message, StringComparison.Ordinal);
        Assert.Contains("layer 1 expert 3", message, StringComparison.Ordinal);
        Assert.Contains("gone", message, StringComparison.Ordinal);
        Assert.Contains("moe.dispatch.recovery-timeout", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_fail_what_waits_at_once_when_the_coordinator_sees_no_way()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 3]);
        _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        _lanes[Cases.B].Send(dispatcher, new LaneClosed(Cases.B, LaneCloseReason.ClosedByPeer, "gone"));
        dispatcher.Tell(new PlacementImpossible(1, "12 bytes are short"), TestActor);
        Assert.Contains("12 bytes are short", Error(handle), StringComparison.Ordinal);
        Assert.False(_readiness.Accepting);
        using (var next = Start(dispatcher, 2, [3]))
            Assert.Contains("12 bytes are short", Error(next), StringComparison.Ordinal);
        _lanes[Cases.B].Send(dispatcher, new LaneOpened(Cases.B));
        AwaitAssert(() => Assert.True(_readiness.Ready));
    }

    [Fact]
    public void Should_go_on_with_the_missing_rows_only_when_a_placement_brings_them()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 3]);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        _lanes[Cases.B].Send(dispatcher, new LaneClosed(Cases.B, LaneCloseReason.ClosedByPeer, "gone"));
        var next = Cases.Placement(2, _ => Cases.A);
        dispatcher.Tell(new PublishPlacement(next, Cases.Endpoints(next)), TestActor);
        _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        var frame = _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        Assert.Equal((1, 3), (frame.Experts.Count, frame.Experts.Expert(0)));
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(frame));
        Assert.Equal(2, Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))).Count);
    }

    [Fact]
    public void Should_dial_again_and_serve_when_a_lane_comes_back()
    {
        var dispatcher = Ready();
        _lanes[Cases.B].Send(dispatcher, new LaneClosed(Cases.B, LaneCloseReason.ClosedByPeer, "gone"));
        AwaitAssert(() => Assert.False(_readiness.Ready));
        Scheduler.Advance(s_settings.ReconnectInterval);
        Assert.Equal(Cases.B, _dialled.ExpectMsg<LaneEndpoint>().Node);
        _lanes[Cases.B].Send(dispatcher, new LaneOpened(Cases.B));
        AwaitAssert(() => Assert.True(_readiness.Ready));
        using var second = Start(dispatcher, 2, [3]);
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(second.Wait(TimeSpan.FromSeconds(20))));
    }

    [Fact]
    public void Should_ask_a_busy_node_again_after_a_pause_when_it_is_the_only_one()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0]);
        var frame = _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        _lanes[Cases.A].Send(dispatcher, Cases.Refusal(frame, DispatchFailure.Overloaded));
        _lanes[Cases.A].ExpectNoMsg(0);
        Ask(dispatcher);
        Scheduler.Advance(s_settings.RetryPause + s_settings.DeadlineTick);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))));
    }

    [Theory]
    [InlineData(DispatchFailure.Overloaded, false)]
    [InlineData(DispatchFailure.Draining, false)]
    [InlineData(DispatchFailure.ExpertNotHeld, false)]
    [InlineData(DispatchFailure.ComputeFailed, true)]
    public void Should_ask_the_other_replica_when_a_node_refuses(DispatchFailure failure, bool fault)
    {
        var dispatcher = Ready(Cases.Replicated());
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].Send(dispatcher, Cases.Refusal(_lanes[Cases.A].ExpectMsg<DispatchFrame>(), failure));
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))));
        if (fault)
            Assert.Equal(Cases.A, ExpectMsg<ReportNodeFault>().Node);
        else
            ExpectNoMsg(0);
    }

    [Fact]
    public void Should_warn_once_until_a_lane_opens_when_it_is_dialled_in_vain()
    {
        var dispatcher = Ready();
        var closed = new LaneClosed(Cases.B, LaneCloseReason.ConnectFailed, "refused");
        EventFilter.Warning(contains: $"lane to {Cases.B} closed").Expect(2, () =>
        {
            _lanes[Cases.B].Send(dispatcher, closed);
            for (var i = 0; i < 3; i++)
                DialAgain();
            _lanes[Cases.B].Send(dispatcher, new LaneOpened(Cases.B));
            _lanes[Cases.B].Send(dispatcher, closed);
            DialAgain();
            Ask(dispatcher);
        });

        void DialAgain()
        {
            Ask(dispatcher);
            Scheduler.Advance(s_settings.ReconnectInterval);
            Assert.Equal(Cases.B, _dialled.ExpectMsg<LaneEndpoint>().Node);
            _lanes[Cases.B].Send(dispatcher, closed);
        }
    }

    /// <summary>The frame was sent while both had the expert and came after the node had released it: it is still the only one that has the other.</summary>
    [Fact]
    public void Should_ask_a_node_again_for_what_it_holds_when_it_refuses_what_has_moved()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0, 1]);
        var frame = _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        var moved = Cases.Placement(2, expert => expert < 1 ? Cases.A : Cases.B);
        dispatcher.Tell(new PublishPlacement(moved, Cases.Endpoints(moved)), TestActor);
        Assert.Equal(2, ExpectMsg<PlacementAdopted>().Version);
        _lanes[Cases.A].Send(dispatcher, Cases.Refusal(frame, DispatchFailure.ExpertNotHeld, 1));
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        Assert.Equal([(0, 0), (0, 1)], Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))).Keys.Order());
    }

    [Fact]
    public void Should_give_the_nodes_reason_when_nobody_else_can_be_asked()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].Send(dispatcher, Cases.Refusal(_lanes[Cases.A].ExpectMsg<DispatchFrame>(), DispatchFailure.ExpertNotHeld));
        Ask(dispatcher);
        Scheduler.Advance(s_settings.RecoveryTimeout + s_settings.DeadlineTick);
        var message = Error(handle);
        Assert.Contains("ExpertNotHeld", message, StringComparison.Ordinal);
        Assert.Contains(Cases.A.Value, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_ask_a_second_node_when_the_first_is_slow_and_take_the_first_answer()
    {
        var dispatcher = Ready(Cases.Replicated());
        using var handle = Start(dispatcher, 1, [0]);
        var slow = _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        Scheduler.Advance(s_settings.Hedge.Ceiling + s_settings.DeadlineTick);
        var quick = _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(quick));
        Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))));
        using var next = Start(dispatcher, 2, [0]);
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(next.Wait(TimeSpan.FromSeconds(20))));
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(slow));
        _lanes[Cases.A].ExpectNoMsg(0);
        Ask(dispatcher);
        Assert.Equal(1, _metrics.Hedges);
        Assert.Equal(1, _metrics.LateAnswers);
    }

    [Fact]
    public void Should_ask_the_new_holder_when_a_node_hangs_and_a_placement_passes_it_over()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [3]);
        _lanes[Cases.B].ExpectMsg<DispatchFrame>();
        Scheduler.Advance(s_settings.Hedge.Ceiling + s_settings.DeadlineTick);
        var next = Cases.Placement(2, _ => Cases.A);
        dispatcher.Tell(new PublishPlacement(next, Cases.Endpoints(next)), TestActor);
        Assert.Equal(2, ExpectMsg<PlacementAdopted>().Version);
        Scheduler.Advance(s_settings.DeadlineTick);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))));
    }

    [Theory]
    [InlineData("rows")]
    [InlineData("columns")]
    [InlineData("layer")]
    [InlineData("NaN")]
    public void Should_sum_nothing_of_it_and_report_the_node_when_an_answer_is_wrong(string what)
    {
        var dispatcher = Ready(Cases.Replicated());
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].Send(dispatcher, Wrong(_lanes[Cases.A].ExpectMsg<DispatchFrame>(), what));
        _lanes[Cases.B].Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        var row = Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20)))).Value;
        Assert.Equal([0f, 1f, 2f, 3f], row);
        Assert.Equal(Cases.A, ExpectMsg<ReportNodeFault>().Node);
    }

    [Fact]
    public void Should_take_values_that_are_no_numbers_when_two_nodes_give_the_same_bits()
    {
        var dispatcher = Ready(Cases.Replicated());
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].Send(dispatcher, Wrong(_lanes[Cases.A].ExpectMsg<DispatchFrame>(), "NaN"));
        _lanes[Cases.B].Send(dispatcher, Wrong(_lanes[Cases.B].ExpectMsg<DispatchFrame>(), "NaN"));
        Assert.True(float.IsNaN(Assert.Single(Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20)))).Value[2]));
        ExpectNoMsg(0);
    }

    [Fact]
    public void Should_fail_and_report_the_node_when_its_answer_is_no_number_and_nobody_can_confirm_it()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].Send(dispatcher, Wrong(_lanes[Cases.A].ExpectMsg<DispatchFrame>(), "NaN"));
        Ask(dispatcher);
        Scheduler.Advance(s_settings.RecoveryTimeout + s_settings.DeadlineTick);
        Assert.Contains(Cases.A.Value, Error(handle), StringComparison.Ordinal);
        Assert.Equal(Cases.A, ExpectMsg<ReportNodeFault>().Node);
    }

    [Fact]
    public void Should_ignore_answers_when_they_are_late_doubled_or_from_a_stranger()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0], [2]);
        var frame = _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        CreateTestProbe().Send(dispatcher, Cases.Answer(_lanes[Cases.B].ExpectMsg<DispatchFrame>()));
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(frame));
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(frame));
        Scheduler.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains(Cases.B.Value, Error(handle), StringComparison.Ordinal);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(frame));
        using var next = Start(dispatcher, 2, [0]);
        _lanes[Cases.A].Send(dispatcher, Cases.Answer(_lanes[Cases.A].ExpectMsg<DispatchFrame>()));
        Assert.Single(Cases.Pairs(next.Wait(TimeSpan.FromSeconds(20))));
    }

    [Fact]
    public void Should_fail_at_once_when_too_many_are_under_way()
    {
        var dispatcher = Ready();
        using var first = Start(dispatcher, 1, [0]);
        using var second = Start(dispatcher, 2, [0]);
        using var third = Start(dispatcher, 3, [0]);
        Assert.Contains("moe.dispatch.max-pending", Error(third), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_fail_what_is_under_way_when_stopped()
    {
        var dispatcher = Ready();
        using var handle = Start(dispatcher, 1, [0]);
        _lanes[Cases.A].ExpectMsg<DispatchFrame>();
        Sys.Stop(dispatcher);
        Assert.Contains("left the cluster", Error(handle), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_pass_on_the_reason_when_routing_failed()
    {
        var dispatcher = Ready();
        using var handle = Cases.Handle(1, 1);
        dispatcher.Tell(handle.Expectation);
        dispatcher.Tell(new RoutingFailed(1, 1, "a score is NaN"));
        Assert.Contains("a score is NaN", Error(handle), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_adopt_only_when_every_lane_is_open_and_close_what_nobody_needs()
    {
        var dispatcher = Ready();
        Watch(_lanes[Cases.B].Ref);
        var next = Cases.Placement(2, expert => expert < 2 ? Cases.A : Cases.C);
        dispatcher.Tell(new PublishPlacement(next, Cases.Endpoints(next)), TestActor);
        Assert.Equal(Cases.C, _dialled.ExpectMsg<LaneEndpoint>().Node);
        using (var handle = Start(dispatcher, 1, [3]))
        {
            Assert.Equal(1, _lanes[Cases.B].ExpectMsg<DispatchFrame>().PlacementVersion);
            Assert.Equal(1, _readiness.PlacementVersion);
        }

        _lanes[Cases.C].Send(dispatcher, new LaneOpened(Cases.C));
        Assert.Equal(2, ExpectMsg<PlacementAdopted>().Version);
        using var second = Start(dispatcher, 2, [3]);
        Assert.Equal(2, _lanes[Cases.C].ExpectMsg<DispatchFrame>().PlacementVersion);
    }

    [Fact]
    public void Should_answer_again_when_a_placement_is_repeated_and_ignore_older_ones()
    {
        var dispatcher = Ready();
        dispatcher.Tell(new PublishPlacement(Cases.OnAAndB(), Cases.Endpoints(Cases.OnAAndB())), TestActor);
        Assert.Equal(1, ExpectMsg<PlacementAdopted>().Version);
        _dialled.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_use_the_node_of_its_own_process_without_a_lane()
    {
        var local = CreateTestProbe();
        var dispatcher = Sys.ActorOf(TokenDispatcher.Props(Options() with { LocalNode = (Cases.A, local.Ref) }));
        var placement = Cases.Placement(1, _ => Cases.A);
        dispatcher.Tell(new PublishPlacement(placement, Cases.Endpoints(placement)), TestActor);
        ExpectMsg<PlacementAdopted>();
        using var handle = Start(dispatcher, 1, [0, 3]);
        local.Send(dispatcher, Cases.Answer(local.ExpectMsg<DispatchFrame>()));
        Assert.Equal(2, Cases.Pairs(handle.Wait(TimeSpan.FromSeconds(20))).Count);
        EventFilter.Warning().Expect(0, () =>
        {
            // It stops with the membership, in order or for a reason that is said where it is known.
            Sys.Stop(local.Ref);
            AwaitAssert(() => Assert.False(_readiness.Ready));
        });
    }

    [Fact]
    public void Should_say_what_the_first_placement_waits_for_until_there_is_one()
    {
        var dispatcher = Sys.ActorOf(TokenDispatcher.Props(Options()));
        dispatcher.Tell(new PlacementPending("1 of 2 expert nodes are here"), TestActor);
        AwaitAssert(() => Assert.Equal("no placement yet: 1 of 2 expert nodes are here", _readiness.Reason));
        Assert.False(_readiness.Accepting);
        var ready = Ready();
        ready.Tell(new PlacementPending("1 of 2 expert nodes are here"), TestActor);
        Ask(ready);
        Assert.True(_readiness.Ready);
    }

    [Fact]
    public void Should_refuse_dispatches_when_there_is_no_placement_yet()
    {
        var dispatcher = Sys.ActorOf(TokenDispatcher.Props(Options()));
        using var handle = Start(dispatcher, 1, [0]);
        Assert.Contains("no placement yet", Error(handle), StringComparison.Ordinal);
        Assert.False(_readiness.Accepting);
    }

    private IActorRef Ready(ExpertPlacement? placed = null)
    {
        var dispatcher = Sys.ActorOf(TokenDispatcher.Props(Options()));
        var placement = placed ?? Cases.OnAAndB();
        dispatcher.Tell(new PublishPlacement(placement, Cases.Endpoints(placement)), TestActor);
        foreach (var node in placement.Nodes)
        {
            Assert.Equal(node, _dialled.ExpectMsg<LaneEndpoint>().Node);
            ExpectNoMsg(0);
            _lanes[node].Send(dispatcher, new LaneOpened(node));
        }

        Assert.Equal(1, ExpectMsg<PlacementAdopted>().Version);
        AwaitAssert(() => Assert.True(_readiness.Ready));
        return dispatcher;
    }

    private TokenDispatcherOptions Options() => new()
    {
        Front = new NodeId("front"),
        NumExperts = Cases.NumExperts,
        Pool = s_pool,
        Settings = s_settings,
        Readiness = _readiness,
        Metrics = _metrics,
        Dial = (_, endpoint, _) =>
        {
            _dialled.Ref.Tell(endpoint);
            return _lanes[endpoint.Node].Ref;
        },
    };

    private static ContributionFrame Wrong(DispatchFrame frame, string what)
    {
        var rows = Cases.Answer(frame).TakeRows();
        if (what == "NaN")
            rows.Span[2] = float.NaN;
        return ContributionFrame.Rent(
            frame.DispatchId, what == "layer" ? 0 : 1, what == "columns" ? Cases.HiddenSize / 2 : Cases.HiddenSize,
            what == "rows" ? new Pooled<float>(2 * Cases.HiddenSize) : rows);
    }

    private static DispatchHandle Start(IActorRef dispatcher, ulong id, params int[][] routing)
    {
        var handle = Cases.Handle(id, routing.Length);
        dispatcher.Tell(handle.Expectation, ActorRefs.NoSender);
        dispatcher.Tell(Cases.Routed(handle, Cases.Routing(routing)), ActorRefs.NoSender);
        return handle;
    }

    /// <summary>Waits until the dispatcher has seen everything that was told before.</summary>
    private void Ask(IActorRef dispatcher)
    {
        dispatcher.Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    private static string Error(DispatchHandle handle) =>
        Assert.Throws<ExpertsUnavailableException>(() => handle.Wait(TimeSpan.FromSeconds(20))).Message;
}
