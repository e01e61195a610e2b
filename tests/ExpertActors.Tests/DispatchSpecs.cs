using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

public sealed class DispatchSpecs : ExpertNodeFixture
{
    [Fact]
    public void Should_answer_with_every_pair_bit_for_bit_when_it_holds_the_experts()
    {
        var node = StartNodeWith(1, 4, 6);
        var frame = Frames.Dispatch(7, RandomModelSource.RandomRows(5, 1), [(1, [0, 2, 4]), (4, [1]), (6, [0, 1, 2, 3, 4])]);
        var rows = frame.Rows;
        var expected = Expected(frame);
        node.Tell(frame, TestActor);
        var answer = ExpectMsg<ContributionFrame>();
        Assert.Equal((7UL, 1, RandomModelSource.HiddenSize), (answer.DispatchId, answer.Layer, answer.HiddenSize));
        Assert.Equal(expected, answer.Rows.Span.ToArray());
        Assert.Equal(node, LastSender);
        Settle(node);
        Assert.True(Frames.IsDisposed(rows));
        answer.Dispose();
    }

    [Fact]
    public void Should_count_rows_and_dispatches_when_it_serves()
    {
        var node = StartNodeWith(1, 4);
        for (var id = 0UL; id < 3; id++)
        {
            node.Tell(Frames.Dispatch(id, RandomModelSource.RandomRows(2, 1), [(1, [0, 1]), (4, [1])]), TestActor);
            ExpectMsg<ContributionFrame>().Dispose();
        }

        AwaitAssert(() =>
        {
            Advance(node, Settings.LoadReportInterval);
            var report = Coordinator.FishForMessage<ReportNodeLoad>(load => load.DispatchesServed == 3);
            Assert.Equal(new ReportNodeLoad(Node, NodeState.Ready, 2, 2 * RandomModelSource.BytesOfExpert, 9, 3, 0, 0, FetchCounts.None), report);
        });
    }

    [Fact]
    public void Should_name_the_experts_when_it_does_not_hold_them()
    {
        var node = StartNodeWith(1);
        var frame = Frames.Dispatch(7, RandomModelSource.RandomRows(1, 1), [(1, [0]), (2, [0]), (3, [0])]);
        var rows = frame.Rows;
        node.Tell(frame, TestActor);
        var failed = ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((7UL, DispatchFailure.ExpertNotHeld), (failed.DispatchId, failed.Failure));
        Assert.Equal($"{Node} does not hold layer 1 experts 2-3", failed.Message);
        Assert.Equal([2, 3], failed.Experts.ToArray());
        Settle(node);
        Assert.True(Frames.IsDisposed(rows));
    }

    [Fact]
    public void Should_answer_when_an_expert_has_stopped_before_it_got_its_rows()
    {
        StartNode();
        var workspaces = new ExpertWorkspaces();
        var expert = Watch(Sys.ActorOf(ExpertActor.Props(Source.Expert(1, 1), Pool, workspaces)));
        Sys.Stop(expert);
        ExpectTerminated(expert);
        var frame = Frames.Dispatch(7, RandomModelSource.RandomRows(1, 1), [(1, [0])]);
        var rows = frame.Rows;
        expert.Tell(new NodeDispatch(TestActor, workspaces, Sys.Scheduler).Start(frame, TestActor).Work(0));
        var failed = ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((DispatchFailure.ExpertNotHeld, 1), (failed.Failure, Assert.Single(failed.Experts)));
        Assert.Equal(0, ExpectMsg<DispatchFinished>().Rows);
        Assert.True(Frames.IsDisposed(rows));
    }

    public static TheoryData<string, int, (int, int[])[]> BadRows() => new()
    {
        { "rows of 31 columns for a model of 32", 31, [(1, [0])] },
        { "a dispatch without experts", 32, [] },
        { "expert 1 without rows", 32, [(1, [])] },
        { "expert 1: row 2 after row -1 of 2: must ascend and be below", 32, [(1, [2])] },
        { "expert 1: row -1 after row -1 of 2: must ascend and be below", 32, [(1, [-1])] },
        { "expert 1: row 0 after row 0 of 2: must ascend and be below", 32, [(1, [0, 0])] },
        { "expert 1 after expert 1: must ascend", 32, [(1, [0]), (1, [1])] },
        { "expert -1 after expert -1: must ascend", 32, [(-1, [0])] },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void Should_refuse_rows_when_they_do_not_fit(string message, int columns, (int, int[])[] experts)
    {
        var node = StartNodeWith(1);
        var frame = Frames.Dispatch(7, RandomModelSource.RandomRows(2, 1), experts, columns);
        var rows = frame.Rows;
        node.Tell(frame, TestActor);
        var failed = ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((DispatchFailure.BadRows, message), (failed.Failure, failed.Message));
        Settle(node);
        Assert.True(Frames.IsDisposed(rows));
    }

    [Fact]
    public void Should_refuse_a_dispatch_when_its_rows_are_cut_short()
    {
        var node = StartNodeWith(1);
        node.Tell(Frames.Dispatch(7, RandomModelSource.RandomRows(2, 1)[..^1], [(1, [0])]), TestActor);
        Assert.Equal("63 values are no rows of 32", ExpectMsg<DispatchFailedFrame>().Message);
    }

    [Fact]
    public void Should_refuse_a_dispatch_when_its_answer_fits_no_frame()
    {
        Settings = Settings with { MaxAnswerBytes = 255 };
        var node = StartNodeWith(1, 2);
        node.Tell(Frames.Dispatch(7, RandomModelSource.RandomRows(1, 1), [(1, [0]), (2, [0])]), TestActor);
        Assert.Equal(
            "the answer of 256 bytes is longer than 255 (moe.lane.max-frame-bytes)", ExpectMsg<DispatchFailedFrame>().Message);
    }

    [Fact]
    public void Should_answer_overloaded_when_too_many_dispatches_are_under_way()
    {
        Settings = Settings with { MaxDispatches = 2 };
        var node = StartNodeWith(1);
        using var open = new ManualResetEventSlim(false);
        Occupy(open);
        for (var id = 1UL; id <= 3; id++)
            node.Tell(Frames.Dispatch(id, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        var failed = ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((3UL, DispatchFailure.Overloaded), (failed.DispatchId, failed.Failure));

        open.Set();
        Assert.Equal(1UL, ExpectMsg<ContributionFrame>().DispatchId);
        Assert.Equal(2UL, ExpectMsg<ContributionFrame>().DispatchId);
        Settle(node);
        node.Tell(Frames.Dispatch(4, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        Assert.Equal(4UL, ExpectMsg<ContributionFrame>().DispatchId);
    }

    [Fact]
    public void Should_answer_overloaded_when_the_compute_queue_is_full()
    {
        var node = StartNodeWith(1);
        using var open = new ManualResetEventSlim(false);
        Occupy(open);
        while (Pool.TrySubmit(() => { }))
        {
        }

        var frame = Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]);
        var rows = frame.Rows;
        node.Tell(frame, TestActor);
        Assert.Equal(DispatchFailure.Overloaded, ExpectMsg<DispatchFailedFrame>().Failure);
        open.Set();
        AwaitCondition(() => Frames.IsDisposed(rows));
    }

    [Fact]
    public void Should_serve_on_when_a_newer_set_is_being_loaded()
    {
        var node = StartNodeWith(1);
        using var open = new ManualResetEventSlim(false);
        Source.BeforeRead = _ => throw new IOException("never mind");
        Load(node, 2, 5);
        Coordinator.FishForMessage<LoadFailed>(_ => true);
        node.Tell(Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        ExpectMsg<ContributionFrame>().Dispose();
    }
}
