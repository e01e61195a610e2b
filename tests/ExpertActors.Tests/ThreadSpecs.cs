using Akka.Actor;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>A node with more threads than a dispatch has experts.</summary>
public sealed class ThreadSpecs() : ExpertNodeFixture(threads: 5)
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Should_answer_bit_for_bit_when_threads_share_experts_or_not(int experts)
    {
        var node = StartNodeWith([.. Enumerable.Range(0, experts)]);
        for (var id = 0UL; id < 20; id++)
        {
            var frame = Frames.Dispatch(
                id, RandomModelSource.RandomRows(3, 1), [.. Enumerable.Range(0, experts).Select(expert => (expert, new[] { 0, 2 }))]);
            var expected = Expected(frame);
            node.Tell(frame, TestActor);
            using var answer = ExpectMsg<ContributionFrame>();
            Assert.Equal(expected, answer.Rows.Span.ToArray());
        }
    }
}
