using System.Collections.Immutable;
using CsCheck;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class DispatchPlanTests
{
    [Fact]
    public void Make_TokenForTwoExpertsOfANode_SendsItsRowOnce()
    {
        var plan = Plan(Cases.OnAAndB(), [0, 1], [1, 3], [2, 3]);
        Assert.Equal([Cases.A, Cases.B], plan.Nodes.Select(node => node.Node));
        Assert.Equal([0, 1], plan.Nodes[0].Tokens);
        Assert.Equal([1, 2], plan.Nodes[1].Tokens);
        Assert.Equal([(0, "0"), (1, "0,1")], plan.Nodes[0].Experts.Select(rows => (rows.Expert, string.Join(',', rows.Rows))));
        Assert.Equal([(2, "1"), (3, "0,1")], plan.Nodes[1].Experts.Select(rows => (rows.Expert, string.Join(',', rows.Rows))));
        Assert.Equal([3, 3], plan.Nodes.Select(node => node.AnswerRows));
        Assert.Empty(plan.Missing);
    }

    [Fact]
    public void Make_ExpertWithoutNode_IsMissing()
    {
        var placement = Cases.OnAAndB();
        var plan = DispatchPlan.Make(
            1, Cases.Routing([0, 3]), Cases.NumExperts, expert => expert.Expert == 3 ? [] : placement.ReplicasOf(expert), new PrimaryReplicaPolicy());
        Assert.Equal([new ExpertId(1, 3)], plan.Missing);
    }

    [Fact]
    public void Make_RandomRoutings_PlacesEveryPairOnceInAscendingOrder() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[0, 1_000_000]).Sample((tokens, experts, nodes, seed) =>
        {
            var random = new Random(seed);
            var topK = random.Next(1, experts + 1);
            var routing = Cases.Routing([.. Enumerable.Range(0, tokens).Select(_ =>
            {
                var chosen = Enumerable.Range(0, experts).ToArray();
                random.Shuffle(chosen);
                return chosen[..topK];
            })]);
            var owners = Enumerable.Range(0, experts).Select(_ => new NodeId($"n{random.Next(nodes)}")).ToArray();
            var plan = DispatchPlan.Make(0, routing, experts, expert => [owners[expert.Expert]], new PrimaryReplicaPolicy());
            Assert.Equal(tokens * topK, plan.Nodes.Sum(node => node.AnswerRows));
            var places = Enumerable.Range(0, tokens * topK).Select(plan.PlaceOf).ToHashSet();
            Assert.Equal(tokens * topK, places.Count);
            foreach (var node in plan.Nodes)
            {
                Assert.Equal(node.Tokens.Order().Distinct(), node.Tokens);
                Assert.All(node.Experts, rows => Assert.Equal(node.Node, owners[rows.Expert]));
                Assert.All(node.Experts, rows => Assert.Equal(rows.Rows.Order().Distinct(), rows.Rows));
            }
        });

    private static DispatchPlan Plan(ExpertPlacement placement, params int[][] routing) => DispatchPlan.Make(
        0, Cases.Routing(routing), Cases.NumExperts, placement.ReplicasOf, new PrimaryReplicaPolicy());
}
