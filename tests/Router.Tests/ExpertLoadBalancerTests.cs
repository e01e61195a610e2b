using System.Collections.Immutable;
using CsCheck;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class ExpertLoadBalancerTests
{
    private static readonly BalanceSettings s_settings = new(TimeSpan.FromMinutes(1), 1.2, 0.05, 1, 8);

    /// <summary>
    /// The example of deepseek-ai/EPLB's README: each node's share of the experts (after its group packing) and the copies that
    /// its phy2log gives them, eight on either node of six experts.
    /// </summary>
    [Theory]
    [InlineData(new double[] { 104, 165, 39, 4, 73, 56 }, new[] { 4, 5, 6, 7, 8, 9 }, "4, 5")]
    [InlineData(new double[] { 90, 132, 40, 61, 183, 86 }, new[] { 0, 1, 2, 3, 10, 11 }, "1, 10")]
    [InlineData(new double[] { 187, 157, 172, 86, 16, 27 }, new[] { 6, 7, 8, 9, 10, 11 }, "6, 8")]
    [InlineData(new double[] { 20, 107, 104, 64, 19, 197 }, new[] { 0, 1, 2, 3, 4, 5 }, "1, 5")]
    public void Replicate_PublishedExample_GivesItsCopies(double[] load, int[] experts, string twice)
    {
        var counts = ExpertLoadBalancer.Replicate(load, 8);
        Assert.Equal(twice, string.Join(", ", experts.Where((_, i) => counts[i] == 2)));
        Assert.Equal(8, counts.Sum());
    }

    [Fact]
    public void Improve_HotExpertAndRoom_CopiesIt()
    {
        var placement = Cases.OnAAndB();
        var next = Improve(placement, [Node(Cases.A, 800), Node(Cases.B, 800)], new PlacementGoals(1, 2), (0, 90), (2, 10))!;
        Assert.Equal([Cases.A, Cases.B], next.ReplicasOf(new ExpertId(0, 0)).ToArray());
        Assert.Equal(placement.ReplicasOf(new ExpertId(1, 0)).ToArray(), next.ReplicasOf(new ExpertId(1, 0)).ToArray());
    }

    [Fact]
    public void Improve_HotExpertsWithoutRoom_ChangesPlacesWithCold()
    {
        var next = Improve(Cases.OnAAndB(), [Node(Cases.A, 400), Node(Cases.B, 400)], new PlacementGoals(1, 2), (0, 50), (1, 48), (2, 1), (3, 1))!;
        Assert.NotEqual(next.ReplicasOf(new ExpertId(0, 0))[0], next.ReplicasOf(new ExpertId(0, 1))[0]);
        Assert.All(next.Experts, expert => Assert.Single(next.ReplicasOf(expert)));
    }

    [Fact]
    public void Improve_EvenOrLittleLoad_ChangesNothing()
    {
        PlacementNode[] nodes = [Node(Cases.A, 800), Node(Cases.B, 800)];
        Assert.Null(Improve(Cases.OnAAndB(), nodes, new PlacementGoals(1, 2), (0, 11), (1, 10), (2, 10), (3, 10)));
        Assert.Null(Improve(Cases.OnAAndB(), nodes, new PlacementGoals(1, 2)));
        Assert.Null(Improve(Cases.OnAAndB(), nodes, new PlacementGoals(1, 1), (0, 100)));
    }

    [Fact]
    public void Improve_RandomLoads_KeepsBudgetsAndMovesAndWhatThePlannerSettledOn() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[2, 5], Gen.Int[0, 1_000_000]).Sample((experts, count, seed) =>
        {
            var random = new Random(seed);
            var model = new PlacementModel(experts, [(0, 10), (1, 20)]);
            var goals = new PlacementGoals(1, random.Next(1, 4));
            PlacementNode[] nodes = [.. Enumerable.Range(0, count).Select(i => new PlacementNode(new NodeId($"n{i}"), random.Next(100, 800), random.Next(1, 5)))];
            if (PlacementPlanner.Plan(model, nodes, ExpertPlacement.Empty, goals, 1, out _) is not { } placement)
                return;
            var load = placement.Experts.ToDictionary(expert => expert, _ => (long)random.Next(0, 1000) * random.Next(0, 3));
            if (ExpertLoadBalancer.Improve(model, nodes, placement, load, goals, s_settings, 2) is not { } next)
                return;
            var changed = next.Experts.Where(expert => !next.ReplicasOf(expert).SequenceEqual(placement.ReplicasOf(expert))).ToList();
            Assert.InRange(changed.Count, 1, 2 * s_settings.MaxMoves);
            Assert.Single(changed.Select(expert => expert.Layer).Distinct());
            Assert.All(nodes, node => Assert.True(next.ExpertsOf(node.Node).Sum(expert => model.Layers[expert.Layer].ExpertBytes) <= node.MemoryBudgetBytes));
            Assert.True(Busiest(next, nodes, load, changed[0].Layer) < Busiest(placement, nodes, load, changed[0].Layer));
            Assert.True(next.SameAs(PlacementPlanner.Plan(model, nodes, next, goals, 3, out _)!));
        });

    private static double Busiest(ExpertPlacement placement, PlacementNode[] nodes, Dictionary<ExpertId, long> load, int layer) => nodes.Max(node =>
        placement.ExpertsOf(node.Node).Where(expert => expert.Layer == layer).Sum(expert => (double)load[expert] / placement.ReplicasOf(expert).Length) / node.Weight);

    private static PlacementNode Node(NodeId node, long budget) => new(node, budget, 1);

    private static ExpertPlacement? Improve(ExpertPlacement placement, PlacementNode[] nodes, PlacementGoals goals, params (int Expert, long Tokens)[] load) =>
        ExpertLoadBalancer.Improve(
            new PlacementModel(Cases.NumExperts, [(0, 100), (1, 100)]), nodes, placement,
            load.ToDictionary(each => new ExpertId(0, each.Expert), each => each.Tokens), goals, s_settings, placement.Version + 1);
}
