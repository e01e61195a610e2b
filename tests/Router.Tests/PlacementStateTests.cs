using System.Collections.Immutable;
using Akka.Actor;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>What a coordinator decides, without its messages.</summary>
public sealed class PlacementStateTests
{
    private static readonly NodeId s_front = new("front#1");

    [Fact]
    public void Plan_BeforeSettling_Listens()
    {
        var state = State();
        Add(state, Cases.A);
        Assert.IsType<PlacementStep.Listen>(state.Plan());
    }

    [Fact]
    public void Plan_FewerNodesThanAskedFor_Waits()
    {
        var state = State(minNodes: 2);
        Add(state, Cases.A);
        state.Settle();
        Assert.Equal(new PlacementStep.Wait(1), state.Plan());
    }

    [Fact]
    public void Plan_SameNodesTwice_KeepsWhatIsOnItsWay()
    {
        var state = State();
        Add(state, Cases.A);
        state.Settle();
        state.Roll(Planned(state));
        Assert.IsType<PlacementStep.Keep>(state.Plan());
        Assert.Equal((0L, 1L), (state.Placement.Version, state.Wanted.Version));
    }

    /// <summary>Only what fronts already wait for is in vain; a first placement has room once more nodes join.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plan_NoRoom_IsImpossibleOnlyWhereExpertsAreLost(bool lost)
    {
        var state = State();
        Add(state, Cases.A, budget: lost ? 10_000 : 10);
        state.Settle();
        if (lost)
        {
            BringIntoForce(state);
            state.Remove(Cases.A);
            Add(state, Cases.B, budget: 10);
        }

        var fail = Assert.IsType<PlacementStep.Fail>(state.Plan());
        Assert.Equal(lost ? fail.Reason : null, state.Impossible);
    }

    [Fact]
    public void Plan_AfterALoss_MovesNothingThatIsHeld()
    {
        var state = State(minNodes: 2);
        Add(state, Cases.A);
        Add(state, Cases.B);
        Add(state, Cases.C);
        state.Settle();
        var before = BringIntoForce(state);
        state.Remove(Cases.B);
        Assert.True(state.Losses);
        var planned = Planned(state);
        Assert.Empty(before.ExpertsOf(Cases.A).Except(planned.ExpertsOf(Cases.A)));
        Assert.Equal(8, planned.Experts.Length);
        Assert.DoesNotContain(Cases.B, planned.Nodes);
    }

    [Fact]
    public void SettlesEarly_NodesOfTheFrontsPlacement_WhenAllAreHere()
    {
        var state = State();
        Assert.True(state.GoOnFrom(Cases.OnAAndB(version: 7)));
        Add(state, Cases.A);
        Assert.False(state.SettlesEarly);
        Add(state, Cases.B);
        Assert.True(state.SettlesEarly);
        state.Settle();
        Assert.False(state.SettlesEarly);
    }

    [Fact]
    public void SettlesEarly_NobodyRemembersAPlacement_WhenNoNodeHoldsAnything()
    {
        var state = State();
        Add(state, Cases.A);
        Assert.True(state.SettlesEarly);
        Add(state, Cases.B, held: new ExpertId(0, 1));
        Assert.False(state.SettlesEarly);
    }

    [Fact]
    public void GoOnFrom_OlderOrOwnPlacement_IsRefused()
    {
        var state = State();
        Add(state, Cases.A);
        state.Settle();
        var own = BringIntoForce(state);
        Assert.False(state.GoOnFrom(ExpertPlacement.Empty));
        Assert.False(state.GoOnFrom(own));
        Assert.True(state.Settled);
    }

    /// <summary>Nodes were told to load by the plan that is given up: they are told anew, even where the front's placement needs no change.</summary>
    [Fact]
    public void GoOnFrom_AfterAPlanOfItsOwn_TellsNodesAnew()
    {
        var state = State(minNodes: 2);
        Add(state, Cases.A);
        Add(state, Cases.B);
        state.Settle();
        state.Roll(Planned(state));
        Assert.True(state.GoOnFrom(Cases.OnAAndB(version: 7)));
        Assert.Null(state.Rollout);
        state.Settle();
        var planned = Planned(state);
        Assert.Equal(8, planned.Version);
        Assert.True(planned.SameAs(state.Placement));
    }

    [Fact]
    public void CutOver_OnceEveryNodeIsReady_AndCompletesOnceEveryFrontHasAdopted()
    {
        var state = State();
        Add(state, Cases.A);
        state.Settle();
        state.Roll(Planned(state));
        Assert.False(state.CutOver([s_front]));
        state.RolloutOf(1)!.NodeReady(Cases.A);
        Assert.True(state.CutOver([s_front]));
        Assert.False(state.CutOver([s_front]));
        Assert.Equal(1, state.Placement.Version);
        Assert.False(state.Complete());
        Assert.Null(state.RolloutOf(2));
        state.RolloutOf(1)!.FrontAdopted(s_front);
        Assert.True(state.Complete());
        Assert.True(state.Steady);
    }

    [Fact]
    public void Leavers_UntilFrontsHaveLeftThePlacementThatNamesThem_AreNone()
    {
        var state = State();
        Add(state, Cases.A);
        Add(state, Cases.B);
        state.Settle();
        BringIntoForce(state);
        state.Node(Cases.B)!.Leaving = true;
        state.Roll(Planned(state));
        Assert.Empty(state.Leavers);
        state.Rollout!.NodeReady(Cases.A);
        state.CutOver([s_front]);
        Assert.Empty(state.Leavers);
        state.Rollout.FrontAdopted(s_front);
        state.Complete();
        Assert.Equal(Cases.B, Assert.Single(state.Leavers).Registration.Node);
    }

    private static PlacementState State(int minNodes = 1) => new(new PlacementModel(4, [(0, 100), (1, 100)]), Cases.Coordinator(minNodes));

    private static void Add(PlacementState state, NodeId node, long budget = 10_000, params ImmutableArray<ExpertId> held) => state.Add(new RegisteredNode(
        new NodeRegistration(node, "127.0.0.1", 9000, "hash", WireVersion.Current, "policy", budget, 1), ActorRefs.Nobody) { Held = held });

    private static ExpertPlacement Planned(PlacementState state) => Assert.IsType<PlacementStep.Roll>(state.Plan()).Planned;

    /// <summary>Plans, and has every node be ready; there is no front.</summary>
    private static ExpertPlacement BringIntoForce(PlacementState state)
    {
        state.Roll(Planned(state));
        foreach (var node in state.Nodes)
            state.Rollout!.NodeReady(node.Registration.Node);
        Assert.True(state.CutOver([]));
        Assert.True(state.Complete());
        return state.Placement;
    }
}
