using CsCheck;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class PlacementPlannerTests
{
    private static readonly PlacementModel s_model = new(8, [(0, 100), (2, 100), (3, 100)]);

    [Fact]
    public void Plan_EqualNodes_SharesEveryLayerEvenly()
    {
        var plan = Plan(s_model, ExpertPlacement.Empty, Node("a", 5000), Node("b", 5000));
        foreach (var (layer, _) in s_model.Layers)
            Assert.Equal([4, 4], Counts(plan, layer, "a", "b"));
    }

    [Fact]
    public void Plan_UnequalThreads_SharesByThem()
    {
        var plan = Plan(s_model, ExpertPlacement.Empty, Node("a", 5000, threads: 3), Node("b", 5000));
        Assert.Equal([6, 2], Counts(plan, 2, "a", "b"));
    }

    [Fact]
    public void Plan_SmallBudget_BoundsTheNode()
    {
        var plan = Plan(s_model, ExpertPlacement.Empty, Node("a", 350), Node("b", 5000));
        Assert.Equal(3, plan.ExpertsOf(new NodeId("a")).Length);
        Assert.Equal(21, plan.ExpertsOf(new NodeId("b")).Length);
    }

    [Fact]
    public void Plan_TooLittleMemory_SaysHowMuchIsShort()
    {
        Assert.Null(PlacementPlanner.Plan(s_model, [Node("a", 1000)], ExpertPlacement.Empty, PlacementGoals.Single, 1, out var error));
        Assert.Contains("offer 1000 bytes", error, StringComparison.Ordinal);
        Assert.Contains("take 2400", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_NodeJoins_MovesOnlyWhatTheBalanceAsksFor()
    {
        var before = Plan(s_model, ExpertPlacement.Empty, Node("a", 5000), Node("b", 5000));
        var after = Plan(s_model, before, Node("a", 5000), Node("b", 5000), Node("c", 5000), Node("d", 5000));
        var moved = after.Experts.Count(expert => after.ReplicasOf(expert)[0] != before.ReplicasOf(expert)[0]);
        Assert.Equal(12, moved);
        Assert.Equal([2, 2, 2, 2], Counts(after, 0, "a", "b", "c", "d"));
    }

    [Fact]
    public void Plan_NodeLeaves_KeepsTheOthersExperts()
    {
        var before = Plan(s_model, ExpertPlacement.Empty, Node("a", 5000), Node("b", 5000), Node("c", 5000));
        var after = Plan(s_model, before, Node("a", 5000), Node("c", 5000));
        Assert.All(
            before.Experts.Where(expert => before.ReplicasOf(expert)[0].Value != "b"),
            expert => Assert.Equal(before.ReplicasOf(expert)[0], after.ReplicasOf(expert)[0]));
    }

    [Fact]
    public void Plan_RandomClusters_PlacesEveryExpertOnceWithinBudgetsWhateverTheOrder() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 5], Gen.Int[1, 6], Gen.Int[0, 1_000_000]).Sample((experts, layers, count, seed) =>
        {
            var random = new Random(seed);
            var model = new PlacementModel(experts, [.. Enumerable.Range(0, layers).Select(layer => (layer, (long)random.Next(1, 50)))]);
            var nodes = Enumerable.Range(0, count).Select(i => Node($"n{i}", random.Next(0, 1500), random.Next(1, 9))).ToArray();
            var current = ExpertPlacement.Empty;
            for (var round = 0; round < 2; round++)
            {
                var plan = PlacementPlanner.Plan(model, nodes, current, PlacementGoals.Single, round + 1, out var error);
                if (plan is null)
                {
                    Assert.NotNull(error);
                    return;
                }

                Assert.Null(error);
                Assert.Equal(experts * layers, plan.Experts.Length);
                Assert.All(plan.Experts, expert => Assert.Single(plan.ReplicasOf(expert)));
                Assert.All(nodes, node => Assert.True(
                    plan.ExpertsOf(node.Node).Sum(expert => model.Layers[expert.Layer].ExpertBytes) <= node.MemoryBudgetBytes));
                random.Shuffle(nodes);
                Assert.True(plan.SameAs(PlacementPlanner.Plan(model, nodes, current, PlacementGoals.Single, 9, out _)!));
                current = plan;
                nodes = [.. nodes.Skip(1), Node("new", 1500)];
            }
        });

    [Fact]
    public void Plan_TwoReplicas_PutsEveryExpertOnTwoNodes()
    {
        var plan = PlacementPlanner.Plan(
            s_model, [Node("a", 5000), Node("b", 5000), Node("c", 5000)], ExpertPlacement.Empty, new PlacementGoals(2, 2), 1, out _)!;
        Assert.All(plan.Experts, expert => Assert.Equal(2, plan.ReplicasOf(expert).Length));
        foreach (var (layer, _) in s_model.Layers)
            Assert.All(Counts(plan, layer, "a", "b", "c"), count => Assert.InRange(count, 4, 7));
        Assert.Equal(0, PlacementPlanner.BelowFloor(s_model, plan, new PlacementGoals(2, 2)));
    }

    [Fact]
    public void Plan_NoRoomForTheFloor_GivesEveryExpertOneFirst()
    {
        var goals = new PlacementGoals(2, 2);
        var plan = PlacementPlanner.Plan(s_model, [Node("a", 1500), Node("b", 1500)], ExpertPlacement.Empty, goals, 1, out _)!;
        Assert.Equal(24, plan.Experts.Length);
        Assert.Equal(30, plan.Experts.Sum(expert => plan.ReplicasOf(expert).Length));
        Assert.Equal(18, PlacementPlanner.BelowFloor(s_model, plan, goals));
    }

    [Fact]
    public void Recover_NodeLost_PlacesOnlyWhatIsLost()
    {
        var before = Plan(s_model, ExpertPlacement.Empty, Node("a", 5000), Node("b", 5000), Node("c", 5000));
        var after = PlacementPlanner.Recover(s_model, [Node("a", 5000), Node("b", 5000)], before, 2, out _)!;
        foreach (var expert in before.Experts)
        {
            var kept = before.ReplicasOf(expert).RemoveAll(node => node.Value == "c");
            if (kept.IsEmpty)
                Assert.Single(after.ReplicasOf(expert));
            else
                Assert.Equal(kept.ToArray(), after.ReplicasOf(expert).ToArray());
        }

        foreach (var (layer, _) in s_model.Layers)
            Assert.Equal([4, 4], Counts(after, layer, "a", "b"));
    }

    [Fact]
    public void Plan_RandomReplicasAndLosses_KeepsBudgetsAndSettles() =>
        Gen.Select(Gen.Int[1, 10], Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[0, 1_000_000]).Sample(KeepsBudgetsAndSettles, iter: 1000);

    /// <summary>A case in which one draft leaves copies that the next would move.</summary>
    [Fact]
    public void Plan_CopiesThatBudgetsPushAside_Settles() => KeepsBudgetsAndSettles(10, 4, 6, 301_561);

    private static void KeepsBudgetsAndSettles(int experts, int layers, int count, int seed)
    {
        var random = new Random(seed);
        var model = new PlacementModel(experts, [.. Enumerable.Range(0, layers).Select(layer => (layer, (long)random.Next(1, 50)))]);
        var goals = new PlacementGoals(random.Next(1, 4), 4);
        var nodes = Enumerable.Range(0, count).Select(i => Node($"n{i}", random.Next(0, 4000), random.Next(1, 9))).ToList();
        var current = ExpertPlacement.Empty;
        for (var round = 0; round < 4; round++)
        {
            var lost = current.Experts.Any(expert => !current.ReplicasOf(expert).Any(node => nodes.Exists(known => known.Node == node)));
            var plan = lost && current.Version > 0
                ? PlacementPlanner.Recover(model, nodes, current, current.Version + 1, out var error)
                : PlacementPlanner.Plan(model, nodes, current, goals, current.Version + 1, out error);
            if (plan is null)
            {
                Assert.NotNull(error);
                return;
            }

            Assert.Equal(experts * layers, plan.Experts.Length);
            Assert.All(nodes, node => Assert.True(
                plan.ExpertsOf(node.Node).Sum(expert => model.Layers[expert.Layer].ExpertBytes) <= node.MemoryBudgetBytes));
            if (lost)
            {
                Assert.All(plan.Experts, expert => Assert.Subset(
                    plan.ReplicasOf(expert).ToHashSet(), current.ReplicasOf(expert).Where(node => nodes.Exists(known => known.Node == node)).ToHashSet()));
            }

            // A plan for what is in force already is that: a rollout is followed by a plan, which must not go on for ever.
            var settled = PlacementPlanner.Plan(model, nodes, plan, goals, 99, out _);
            Assert.True(settled is null || settled.SameAs(PlacementPlanner.Plan(model, nodes, settled, goals, 100, out _)!));
            current = plan;
            if (random.Next(2) == 0 && nodes.Count > 1)
                nodes.RemoveAt(random.Next(nodes.Count));
            else
                nodes.Add(Node($"new{round}", random.Next(0, 4000), random.Next(1, 9)));
        }
    }

    private static PlacementNode Node(string name, long budget, int threads = 1) => new(new NodeId(name), budget, threads);

    private static ExpertPlacement Plan(PlacementModel model, ExpertPlacement current, params PlacementNode[] nodes) =>
        PlacementPlanner.Plan(model, nodes, current, PlacementGoals.Single, current.Version + 1, out _)!;

    private static int[] Counts(ExpertPlacement plan, int layer, params string[] nodes) =>
        [.. nodes.Select(node => plan.ExpertsOf(new NodeId(node)).Count(expert => expert.Layer == layer))];
}
