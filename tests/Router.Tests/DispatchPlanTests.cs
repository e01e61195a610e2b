using System.Collections.Immutable;
using CsCheck;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class DispatchPlanTests
{
    [Fact]
    public void Rows_TokenForTwoExperts_AreSentOnce()
    {
        var permutation = TokenPermutation.Of(Cases.Routing([0, 1], [1, 3], [2, 3]), Cases.NumExperts);
        var (tokens, experts, answerRows) = DispatchPlan.Rows([0, 1], 3, permutation);
        Assert.Equal([0, 1], tokens);
        Assert.Equal([(0, "0"), (1, "0,1")], experts.Select(rows => (rows.Expert, string.Join(',', rows.Rows))));
        Assert.Equal(3, answerRows);
    }

    [Fact]
    public void Make_GroupWithoutNode_IsHomeless()
    {
        var permutation = TokenPermutation.Of(Cases.Routing([0, 3]), Cases.NumExperts);
        var (assigned, homeless) = DispatchPlan.Make(
            [0, 1], permutation, 1, group => group == 1 ? [] : [Cases.A], new PrimaryReplicaPolicy(), new EqualCosts());
        Assert.Equal([1], homeless);
        Assert.Equal((Cases.A, "0"), Assert.Single(assigned.Select(part => (part.Node, string.Join(',', part.Groups)))));
    }

    [Fact]
    public void Make_LeastTime_EvensOutTheRows()
    {
        var permutation = TokenPermutation.Of(Cases.Routing([0, 1], [0, 1], [0, 2], [0, 3]), Cases.NumExperts);
        var (assigned, _) = DispatchPlan.Make(
            [0, 1, 2, 3], permutation, 1, _ => [Cases.A, Cases.B], new LeastTimeReplicaPolicy(), new EqualCosts());
        Assert.Equal([4, 4], assigned.Select(part => part.Groups.Sum(group => permutation.TokensOf(group).Length)));
    }

    [Fact]
    public void Make_RandomReplicas_GivesEveryGroupToOneOfItsNodesOnce() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[0, 1_000_000]).Sample((tokens, experts, nodes, seed) =>
        {
            var random = new Random(seed);
            var routing = Cases.RandomRouting(random, tokens, experts);
            var permutation = TokenPermutation.Of(routing, experts);
            var groups = Enumerable.Range(0, permutation.Experts.Length).ToList();
            var owners = groups.ConvertAll(_ => Enumerable.Range(0, nodes).Where(_ => random.Next(2) == 0).Select(node => new NodeId($"n{node}")).ToImmutableArray());
            foreach (IReplicaSelectionPolicy policy in new IReplicaSelectionPolicy[] { new PrimaryReplicaPolicy(), new LeastTimeReplicaPolicy() })
            {
                var (assigned, homeless) = DispatchPlan.Make(groups, permutation, 0, group => owners[group], policy, new EqualCosts());
                Assert.Equal(groups, assigned.SelectMany(part => part.Groups).Concat(homeless).Order());
                Assert.All(homeless, group => Assert.Empty(owners[group]));
                foreach (var (node, given) in assigned)
                {
                    Assert.Equal(given.Order(), given);
                    Assert.All(given, group => Assert.Contains(node, owners[group]));
                    var (rowTokens, rows, answerRows) = DispatchPlan.Rows(given, tokens, permutation);
                    Assert.Equal(rowTokens.Order().Distinct(), rowTokens);
                    Assert.Equal(answerRows, rows.Sum(expert => expert.Rows.Length));
                    Assert.All(rows, expert => Assert.Equal(expert.Rows.Order().Distinct(), expert.Rows));
                }
            }
        });

    private sealed class EqualCosts : IRowCosts
    {
        public double PerRow(NodeId node) => 1;
    }
}
