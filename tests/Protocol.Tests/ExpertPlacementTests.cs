using System.Collections.Immutable;

namespace MoE.Protocol.Tests;

public sealed class ExpertPlacementTests
{
    [Fact]
    public void Empty_Anything_IsNowhere()
    {
        Assert.Equal(0, ExpertPlacement.Empty.Version);
        Assert.Empty(ExpertPlacement.Empty.Nodes);
        Assert.True(ExpertPlacement.Empty.ReplicasOf(new ExpertId(0, 0)).IsEmpty);
        Assert.True(ExpertPlacement.Empty.ExpertsOf(Samples.NodeA).IsEmpty);
    }

    [Fact]
    public void ExpertsOf_Node_AscendingWithReplicas()
    {
        Assert.Equal([new(1, 0), new(1, 1), new(1, 2), new(2, 0)], Samples.Placement.ExpertsOf(Samples.NodeA).ToArray());
        Assert.Equal([new(1, 0), new(1, 2)], Samples.Placement.ExpertsOf(Samples.NodeB).ToArray());
        Assert.Equal([Samples.NodeA, Samples.NodeB], Samples.Placement.Nodes.ToArray());
    }

    [Fact]
    public void SameAs_OtherVersion_IsTrue() =>
        Assert.True(Of(1, (0, [Samples.NodeA])).SameAs(Of(2, (0, [Samples.NodeA]))));

    [Fact]
    public void SameAs_OtherNodesOrderOrExperts_IsFalse()
    {
        var placement = Of(1, (0, [Samples.NodeA, Samples.NodeB]));
        Assert.False(placement.SameAs(Of(1, (0, [Samples.NodeB, Samples.NodeA]))));
        Assert.False(placement.SameAs(Of(1, (0, [Samples.NodeA]))));
        Assert.False(placement.SameAs(Of(1, (1, [Samples.NodeA, Samples.NodeB]))));
        Assert.False(placement.SameAs(ExpertPlacement.Empty));
    }

    [Fact]
    public void Create_ExpertWithoutNodeOrWithOneTwice_Throws()
    {
        Assert.Throws<ArgumentException>(() => Of(1, (0, [])));
        Assert.Throws<ArgumentException>(() => Of(1, (0, [Samples.NodeA, Samples.NodeA])));
    }

    private static ExpertPlacement Of(long version, params (int Expert, NodeId[] Nodes)[] experts) => ExpertPlacement.Create(
        version, experts.ToDictionary(expert => new ExpertId(0, expert.Expert), expert => ImmutableArray.Create(expert.Nodes)));
}
