using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>What a node allocates for a dispatch from its frame to its answer: nothing, whatever the experts and the rows.</summary>
public sealed class NodeDispatchAllocationTests
{
    private const int Columns = 64;

    [Theory]
    [InlineData(1, 1, RowPrecision.F32)]
    [InlineData(8, 1, RowPrecision.F32)]
    [InlineData(8, 16, RowPrecision.Bf16)]
    public void Dispatch_AnyShape_AllocatesNothing(int experts, int rows, RowPrecision precision)
    {
        var node = new Node(precision);
        for (var i = 0; i < 100; i++)
            node.Dispatch(experts, rows);
        var least = long.MaxValue;
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++)
                node.Dispatch(experts, rows);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(100 + 8 * 20, node.Answers);
    }

    /// <summary>The node's part of a dispatch, without the products.</summary>
    private sealed class Node
    {
        private readonly NodeDispatch _dispatch;
        private readonly FrontRef _front = new();

        public Node(RowPrecision precision) => _dispatch = new NodeDispatch(ActorRefs.Nobody, new ExpertWorkspaces(), new StoppedClock(), precision);

        public int Answers => _front.Answers;

        public void Dispatch(int experts, int rows)
        {
            var chosen = ExpertRows.Rent(experts, experts * rows);
            for (var expert = 0; expert < experts; expert++)
            {
                var indices = chosen.Add(expert, rows);
                for (var row = 0; row < rows; row++)
                    indices[row] = row;
            }

            var values = new Pooled<float>(rows * Columns);
            values.Span.Fill(1);
            _dispatch.Start(DispatchFrame.Rent(7, 1, 1, Columns, values, chosen), _front);
            for (var expert = 0; expert < experts; expert++)
            {
                var work = _dispatch.Work(expert);
                work.Dispatch.Begin(1000);
                work.Dispatch.Batch(WeightType.F32);
                work.Dispatch.Output(expert).Span.Fill(2);
                work.Dispatch.Finish();
            }
        }
    }

    /// <summary>Takes the answers as a front does.</summary>
    private sealed class FrontRef : MinimalActorRef
    {
        public int Answers { get; private set; }

        public override ActorPath Path => ActorRefs.Nobody.Path;

        public override IActorRefProvider Provider => throw new NotSupportedException();

        protected override void TellInternal(object message, IActorRef sender)
        {
            ((ContributionFrame)message).Dispose();
            Answers++;
        }
    }

    private sealed class StoppedClock : ITimeProvider
    {
        public DateTimeOffset Now => DateTimeOffset.UnixEpoch;

        public TimeSpan MonotonicClock => TimeSpan.Zero;

        public TimeSpan HighResMonotonicClock => TimeSpan.Zero;
    }
}
