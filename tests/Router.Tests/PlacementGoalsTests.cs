using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class PlacementGoalsTests
{
    private static readonly PlacementModel s_model = new(4, [(0, 100), (1, 100)]);

    [Theory]
    [InlineData(2, 800, 800)]
    [InlineData(1, 1600, 1)]
    [InlineData(2, 500, 600, 500)]
    [InlineData(1, 800, 799)]
    [InlineData(1, 5000)]
    public void For_Automatic_IsTwoWhereTheMachinesHaveMemory(int replicas, params int[] budgets) => Assert.Equal(
        replicas, PlacementGoals.Automatic(3).For(s_model, [.. budgets.Select((budget, i) => new PlacementNode(new NodeId($"n{i}"), budget, 1))]).Replicas);

    [Fact]
    public void For_Automatic_CountsTheMemoryOfAMachineOnce()
    {
        PlacementNode[] nodes = [.. Enumerable.Range(0, 4).Select(i => new PlacementNode(new NodeId($"n{i}"), 1500, 1) { Machine = "10.0.0.1" })];
        Assert.Equal(1, PlacementGoals.Automatic(3).For(s_model, nodes).Replicas);
        Assert.Equal(2, PlacementGoals.Automatic(3).For(s_model, [.. nodes, new PlacementNode(new NodeId("other"), 100, 1)]).Replicas);
    }

    [Fact]
    public void For_ANumber_StaysWhateverThereIs() =>
        Assert.Equal(3, new PlacementGoals(3, 3).For(s_model, [new PlacementNode(new NodeId("a"), 1, 1)]).Replicas);

    [Fact]
    public void Automatic_MostIsOne_IsOne() => Assert.Equal(1, PlacementGoals.Automatic(1).Replicas);
}
