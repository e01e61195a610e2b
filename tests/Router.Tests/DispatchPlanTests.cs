using System.Collections.Immutable;
using CsCheck;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class DispatchPlanTests
{
    [Fact]
    public void Draft_TokenForTwoExperts_IsSentOnce()
    {
        var routing = Cases.Routing([0, 1], [1, 3], [2, 3]);
        var (draft, frame) = Draft(routing, TokenPermutation.Of(routing, Cases.NumExperts), [0, 1]);
        Assert.Equal([0, 1], draft.Tokens.ToArray());
        Assert.Equal(2, frame.Experts.Count);
        Assert.Equal((0, "0"), (frame.Experts.Expert(0), Text(frame.Experts.Rows(0))));
        Assert.Equal((1, "0,1"), (frame.Experts.Expert(1), Text(frame.Experts.Rows(1))));
        Assert.Same(frame, draft.Complete(Cases.Rows(3)));
        Assert.Equal([0f, 1, 2, 3, 10, 11, 12, 13], frame.Rows.Span.ToArray());
    }

    [Fact]
    public void Share_GroupWithoutNode_IsHomeless()
    {
        var plan = Plan(new PrimaryReplicaPolicy(), Cases.Routing([0, 3]), [0, 1], group => group == 1 ? [] : [Cases.A]);
        Assert.Equal([1], plan.Homeless);
        Assert.Equal((Cases.A, "0"), Assert.Single(plan.Shares.Select(share => (share.Node, string.Join(',', share.Groups)))));
    }

    [Fact]
    public void Share_LeastTime_EvensOutTheRows()
    {
        var routing = Cases.Routing([0, 1], [0, 1], [0, 2], [0, 3]);
        var permutation = TokenPermutation.Of(routing, Cases.NumExperts);
        var plan = Plan(new LeastTimeReplicaPolicy(), routing, [0, 1, 2, 3], _ => [Cases.A, Cases.B]);
        Assert.Equal([4, 4], plan.Shares.Select(share => share.Groups.Sum(group => permutation.TokensOf(group).Length)));
    }

    [Fact]
    public void Begin_UsedPlan_ForgetsTheLast()
    {
        var plan = Plan(new LeastTimeReplicaPolicy(), Cases.Routing([0, 1]), [0, 1], _ => [Cases.A, Cases.B]);
        Assert.Equal(2, plan.Shares.Count);
        plan.Begin();
        plan.Add(0, 1, [Cases.A, Cases.B]);
        plan.Share(1, TokenPermutation.Of(Cases.Routing([0]), Cases.NumExperts));
        Assert.Equal((Cases.A, "0"), Assert.Single(plan.Shares.Select(share => (share.Node, string.Join(',', share.Groups)))));
    }

    [Fact]
    public void Share_RandomReplicas_GivesEveryGroupToOneOfItsNodesOnce() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[0, 1_000_000]).Sample((tokens, experts, nodes, seed) =>
        {
            var random = new Random(seed);
            var routing = Cases.RandomRouting(random, tokens, experts);
            var permutation = TokenPermutation.Of(routing, experts);
            var groups = Enumerable.Range(0, permutation.Experts.Length).ToList();
            var owners = groups.ConvertAll(_ => Enumerable.Range(0, nodes).Where(_ => random.Next(2) == 0).Select(node => new NodeId($"n{node}")).ToImmutableArray());
            foreach (IReplicaSelectionPolicy policy in new IReplicaSelectionPolicy[] { new PrimaryReplicaPolicy(), new LeastTimeReplicaPolicy() })
            {
                var plan = Plan(policy, routing, groups, group => owners[group], experts);
                Assert.Equal(groups, plan.Shares.SelectMany(share => share.Groups).Concat(plan.Homeless).Order());
                Assert.All(plan.Homeless, group => Assert.Empty(owners[group]));
                foreach (var share in plan.Shares)
                {
                    Assert.Equal(share.Groups.Order(), share.Groups);
                    Assert.All(share.Groups, group => Assert.Contains(share.Node, owners[group]));
                    CheckFrame(routing, permutation, share.Groups);
                }
            }
        });

    private static void CheckFrame(TokenRouting routing, TokenPermutation permutation, List<int> groups)
    {
        var (draft, frame) = Draft(routing, permutation, groups);
        Assert.Equal(draft.Tokens.ToArray().Order().Distinct(), draft.Tokens.ToArray());
        for (var i = 0; i < frame.Experts.Count; i++)
        {
            Assert.Equal(permutation.Experts[groups[i]], frame.Experts.Expert(i));
            var rows = frame.Experts.Rows(i).ToArray();
            Assert.Equal(permutation.TokensOf(groups[i]).ToArray(), rows.Select(row => draft.Tokens[row]));
        }

        draft.Discard();
    }

    private static (FrameDraft Draft, DispatchFrame Frame) Draft(TokenRouting routing, TokenPermutation permutation, List<int> groups)
    {
        var part = new DispatchPart();
        var share = new NodeShare { Node = Cases.A, Rows = groups.Sum(group => permutation.TokensOf(group).Length) };
        share.Groups.AddRange(groups);
        part.Begin(1, share, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1));
        var draft = new FrameDraft();
        return (draft, draft.Begin(part, routing, permutation, 1, 1, Cases.HiddenSize));
    }

    private static DispatchPlan Plan(
        IReplicaSelectionPolicy policy, TokenRouting routing, IEnumerable<int> groups, Func<int, ImmutableArray<NodeId>> nodes, int numExperts = Cases.NumExperts)
    {
        var permutation = TokenPermutation.Of(routing, numExperts);
        var plan = new DispatchPlan(policy, new EqualCosts());
        plan.Begin();
        foreach (var group in groups)
            plan.Add(group, permutation.TokensOf(group).Length, nodes(group));
        plan.Share(1, permutation);
        return plan;
    }

    private static string Text(ReadOnlySpan<int> rows) => string.Join(',', rows.ToArray());

    private sealed class EqualCosts : IRowCosts
    {
        public double PerRow(NodeId node) => 1;
    }
}
