using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Two ends that get on with each other.</summary>
public sealed class LaneConnectionSpecs : LaneSpec
{
    [Fact]
    public void Should_open_on_both_sides_when_identities_agree()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port);
        Assert.Equal(Frames.Expert.Node, dialling.ExpectMsg<LaneOpened>().Peer);
        Assert.Equal(connection, dialling.LastSender);
        Assert.Equal(Frames.Front.Node, accepting.ExpectMsg<LaneOpened>().Peer);
    }

    [Fact]
    public void Should_carry_frames_both_ways_in_order_when_open()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        for (var i = 1; i <= 50; i++)
        {
            var frame = Frames.Dispatch((ulong)i, rows: i, hiddenSize: 64);
            var expected = Frames.Describe(frame);
            connection.Tell(frame);
            using var received = accepting.ExpectMsg<DispatchFrame>();
            Assert.Equal(expected, Frames.Describe(received));
            accepting.LastSender.Tell(i % 7 == 0 ? Frames.Failed((ulong)i) : Frames.Contribution((ulong)i, rows: i));
            var answer = dialling.ExpectMsg<LaneFrame>();
            Assert.Equal((ulong)i, answer.DispatchId);
            Assert.Equal(connection, dialling.LastSender);
            answer.Dispose();
        }
    }

    /// <summary>Frames that wait behind the one that the reading thread computes are read after it.</summary>
    [Fact]
    public void Should_have_the_reading_thread_compute_when_the_owners_threads_sleep()
    {
        using var pool = new ComputePool(1, "test");
        var owner = Sys.ActorOf(Props.Create(() => new Submitter(pool, TestActor)).WithDispatcher("akka.test.calling-thread-dispatcher"));
        Sys.ActorOf(LaneListenerActor.Props(Settings, Frames.Expert, owner, pool));
        var (dialling, connection) = Dial(ExpectMsg<LaneListening>().Port);
        dialling.ExpectMsg<LaneOpened>();
        var names = new HashSet<string>();
        while (!names.Contains("lane-read"))
        {
            for (var i = 0; i < 3; i++)
                connection.Tell(Frames.Dispatch());
            for (var i = 0; i < 3; i++)
                names.Add(ExpectMsg<string>());
        }

        Assert.Subset(new HashSet<string> { "lane-read", "test-0" }, names);
    }

    [Fact]
    public void Should_keep_the_order_when_frames_wait_behind_each_other()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port, Settings with { WriteQueueFrames = 200 });
        dialling.ExpectMsg<LaneOpened>();
        for (var i = 1; i <= 200; i++)
            connection.Tell(Frames.Dispatch((ulong)i, rows: 32, hiddenSize: 64));
        accepting.ExpectMsg<LaneOpened>();
        for (var i = 1; i <= 200; i++)
        {
            using var frame = accepting.ExpectMsg<DispatchFrame>();
            Assert.Equal((ulong)i, frame.DispatchId);
        }
    }

    [Fact]
    public void Should_tell_both_owners_once_when_stopped()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        Sys.Stop(connection);
        Assert.Equal(LaneCloseReason.Stopped, dialling.ExpectMsg<LaneClosed>().Reason);
        var closed = accepting.ExpectMsg<LaneClosed>();
        Assert.Equal((Frames.Front.Node, LaneCloseReason.ClosedByPeer), (closed.Peer, closed.Reason));
        dialling.ExpectNoMsg(0);
        accepting.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_tell_the_diallers_when_the_listener_stops()
    {
        var (accepting, port, listener) = Listen();
        var (dialling, _) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        Sys.Stop(listener);
        Assert.Equal(LaneCloseReason.ClosedByPeer, dialling.ExpectMsg<LaneClosed>().Reason);
        Assert.Equal(LaneCloseReason.Stopped, accepting.ExpectMsg<LaneClosed>().Reason);
    }

    [Fact]
    public void Should_answer_the_owner_and_stay_open_when_a_dispatch_is_too_long()
    {
        var (accepting, port, _) = Listen();
        var (dialling, connection) = Dial(port, Settings with { MaxFrameBytes = 4096 });
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        connection.Tell(Frames.Dispatch(3, rows: 64, hiddenSize: 64));
        var failed = dialling.ExpectMsg<DispatchFailedFrame>();
        Assert.Equal((3UL, 5, DispatchFailure.BadRows), (failed.DispatchId, failed.Layer, failed.Failure));
        Assert.Contains("moe.lane.max-frame-bytes", failed.Message, StringComparison.Ordinal);
        connection.Tell(Frames.Dispatch(4));
        Assert.Equal(4UL, accepting.ExpectMsg<DispatchFrame>().DispatchId);
    }

    [Fact]
    public void Should_answer_the_peer_when_a_contribution_is_too_long()
    {
        var (accepting, port, _) = Listen(Settings with { MaxFrameBytes = 4096 });
        var (dialling, _) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        accepting.LastSender.Tell(Frames.Contribution(3, rows: 4096, hiddenSize: 3));
        Assert.Equal(3UL, dialling.ExpectMsg<DispatchFailedFrame>().DispatchId);
    }

    [Fact]
    public void Should_close_when_the_peer_sends_a_longer_frame_than_allowed()
    {
        var (accepting, port, _) = Listen(Settings with { MaxFrameBytes = 4096 });
        var (dialling, connection) = Dial(port);
        dialling.ExpectMsg<LaneOpened>();
        accepting.ExpectMsg<LaneOpened>();
        connection.Tell(Frames.Dispatch(3, rows: 64, hiddenSize: 64));
        var closed = accepting.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.ProtocolError, closed.Reason);
        Assert.Contains("at most 4096", closed.Message, StringComparison.Ordinal);
        dialling.ExpectMsg<LaneClosed>();
    }

    /// <summary>Leaves work for each frame, which says on what thread it ran.</summary>
    private sealed class Submitter : ReceiveActor
    {
        public Submitter(ComputePool pool, IActorRef observer)
        {
            Receive<LaneListening>(observer.Tell);
            Receive<LaneOpened>(_ => { });
            Receive<LaneClosed>(_ => { });
            Receive<DispatchFrame>(frame =>
            {
                frame.Dispose();
                Assert.True(pool.TrySubmit(() => observer.Tell(Thread.CurrentThread.Name ?? "")));
            });
        }
    }
}
