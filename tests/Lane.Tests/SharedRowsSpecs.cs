using Akka.Actor;
using Akka.TestKit;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>Rows through memory that both ends of a lane map, where the system has files in memory.</summary>
public sealed class SharedRowsSpecs : LaneSpec
{
    private static readonly LaneSettings s_settings = Settings with { UnixSocket = true, SharedMemoryBytes = 64 << 20, MaxFrameBytes = 64 << 20 };

    [LinuxFact]
    public void Should_carry_rows_and_answer_in_one_buffer_when_they_are_long()
    {
        var lane = Open(s_settings);
        for (ulong id = 1; id <= 3; id++)
        {
            using var asked = Ask(lane, id);

            // Each answer is given back before the next dispatch: one buffer serves all.
            Assert.Equal(0, BufferOf(asked));
            using var received = Reply(lane, asked);
            Assert.NotNull(received.Rows.Lender);
            Assert.Equal(Frames.Describe(Answer(id)), Frames.Describe(received));
        }
    }

    [LinuxFact]
    public void Should_keep_answers_apart_when_dispatches_overlap()
    {
        var lane = Open(s_settings);
        using var first = Ask(lane, 1);
        using var second = Ask(lane, 2);
        Assert.NotEqual(BufferOf(first), BufferOf(second));
        using var late = Reply(lane, second);
        using var early = Reply(lane, first);
        Assert.Equal(Frames.Describe(Answer(2)), Frames.Describe(late));
        Assert.Equal(Frames.Describe(Answer(1)), Frames.Describe(early));
    }

    [LinuxFact]
    public void Should_carry_rows_in_the_frame_when_they_are_few()
    {
        var lane = Open(s_settings);
        lane.Connection.Tell(Frames.Dispatch(1));
        using var received = lane.Accepting.ExpectMsg<DispatchFrame>();
        Assert.Null(received.Rows.Lender);
    }

    [LinuxFact]
    public void Should_carry_rows_in_the_frame_when_the_buffers_are_all_lent()
    {
        var lane = Open(s_settings with { SharedMemoryBytes = 1 << 20 });
        using var first = Ask(lane, 1);
        using var second = Ask(lane, 2);
        Assert.NotNull(first.Rows.Lender);
        Assert.Null(second.Rows.Lender);
        using var answer = Reply(lane, second);
        Assert.Equal(Frames.Describe(Answer(2)), Frames.Describe(answer));
    }

    [LinuxFact]
    public void Should_carry_rows_in_the_frame_when_one_side_wants_no_shared_memory()
    {
        var lane = Open(s_settings, s_settings with { SharedMemoryBytes = 0 });
        using var received = Ask(lane, 1);
        Assert.Null(received.Rows.Lender);
        using var answer = Reply(lane, received);
        Assert.Null(answer.Rows.Lender);
    }

    [LinuxFact]
    public void Should_lend_a_buffer_again_when_its_dispatch_was_refused()
    {
        var lane = Open(s_settings with { SharedMemoryBytes = 1 << 20 });
        Ask(lane, 1).Dispose();
        lane.Accepting.LastSender.Tell(Frames.Failed(1));
        lane.Dialling.ExpectMsg<DispatchFailedFrame>();
        using var second = Ask(lane, 2);
        Assert.NotNull(second.Rows.Lender);
    }

    [LinuxFact]
    public void Should_lend_no_buffer_again_that_a_node_has_when_its_lane_ends()
    {
        var lane = Open(s_settings);
        var asked = Ask(lane, 1);
        var answer = asked.TakeAnswer();
        Watch(lane.Connection);
        Sys.Stop(lane.Connection);
        ExpectTerminated(lane.Connection);
        lane.Accepting.ExpectMsg<LaneClosed>();

        // A node that hung and wakes: its memory is there, and is nobody else's.
        var again = Open(s_settings);
        using var second = Ask(again, 2);
        answer.Span.Fill(float.NaN);
        Assert.Equal(Frames.Describe(Question(2)), Frames.Describe(second));
        asked.Dispose();
        answer.Dispose();
    }

    /// <summary>A front that is killed leaves its node with answers that nobody takes.</summary>
    [LinuxFact]
    public void Should_unmap_the_buffer_when_its_answer_is_told_to_a_connection_that_has_stopped()
    {
        var lane = Open(s_settings);
        var asked = Ask(lane, 1);
        var buffer = Assert.IsType<SharedBuffer>(asked.Rows.Lender);
        var connection = Watch(lane.Accepting.LastSender);
        Sys.Stop(lane.Connection);
        ExpectTerminated(connection);
        var answer = Contribution(1, asked.TakeAnswer());
        asked.Dispose();
        answer.Rows.Span.Fill(1);
        connection.Tell(answer);
        Assert.Throws<ObjectDisposedException>(() => buffer.View(0, 1));
    }

    [LinuxFact]
    public void Should_close_the_lane_when_an_answer_comes_twice()
    {
        var lane = Open(s_settings);
        using var asked = Ask(lane, 1);
        var rows = asked.TakeAnswer();
        Fill(rows);
        lane.Accepting.LastSender.Tell(Contribution(1, rows));
        lane.Dialling.ExpectMsg<ContributionFrame>().Dispose();
        var again = Ask(lane, 2);
        lane.Accepting.LastSender.Tell(Contribution(1, again.TakeAnswer()));
        var closed = lane.Dialling.ExpectMsg<LaneClosed>();
        Assert.Equal(LaneCloseReason.ProtocolError, closed.Reason);
        Assert.Contains("dispatch 1", closed.Message, StringComparison.Ordinal);
        again.Dispose();
    }

    private OpenLane Open(LaneSettings dialling, LaneSettings? accepting = null)
    {
        // The socket's file is named after the node.
        var identity = Frames.Expert with { Node = new NodeId($"127.0.0.1:1#{Guid.NewGuid():n}"[..30]) };
        var (nodeOwner, port, _) = Listen(accepting ?? dialling, identity);
        var (frontOwner, connection) = Dial(port, dialling, peer: identity.Node);
        frontOwner.ExpectMsg<LaneOpened>();
        nodeOwner.ExpectMsg<LaneOpened>();
        return new OpenLane(frontOwner, connection, nodeOwner);
    }

    private static int BufferOf(DispatchFrame frame) => Assert.IsType<SharedBuffer>(frame.Rows.Lender).Number;

    private static DispatchFrame Ask(OpenLane lane, ulong id)
    {
        lane.Connection.Tell(Question(id));
        var received = lane.Accepting.ExpectMsg<DispatchFrame>();
        Assert.Equal(Frames.Describe(Question(id)), Frames.Describe(received));
        return received;
    }

    private static ContributionFrame Reply(OpenLane lane, DispatchFrame asked)
    {
        var rows = asked.TakeAnswer();
        Fill(rows);
        lane.Accepting.LastSender.Tell(Contribution(asked.DispatchId, rows));
        return lane.Dialling.ExpectMsg<ContributionFrame>();
    }

    private static DispatchFrame Question(ulong id) => Frames.Dispatch(id, rows: 20, hiddenSize: 1024);

    private static ContributionFrame Answer(ulong id)
    {
        var rows = new Pooled<float>(21 * 1024);
        Fill(rows);
        return Contribution(id, rows);
    }

    private static ContributionFrame Contribution(ulong id, Pooled<float> rows) => ContributionFrame.Rent(id, 5, 1024, rows);

    private static void Fill(Pooled<float> rows)
    {
        for (var i = 0; i < rows.Length; i++)
            rows.Span[i] = i % 97;
    }

    private sealed record OpenLane(TestProbe Dialling, IActorRef Connection, TestProbe Accepting);
}
