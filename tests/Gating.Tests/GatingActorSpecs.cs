using Akka.Actor;
using Akka.TestKit.Xunit2;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Gating.Tests;

public sealed class GatingActorSpecs : TestKit
{
    private readonly NativeWeightMemory _memory = new(2 * 4 * sizeof(float));
    private readonly ComputePool _pool = new(2, "test");

    public GatingActorSpecs()
        : base("akka { actor.serialize-messages = on, test.single-expect-default = 20s }")
    {
        AbandonedMessages.DisposeIn(Sys);
        var weights = new float[] { 1, 0, 0, 0, 0, 1, 0, 0 };
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()).CopyTo(_memory.Writable(0, 32));
    }

    [Fact]
    public void Should_tell_the_routing_to_the_named_receiver_when_tokens_come()
    {
        var gating = Gating();
        var hidden = Hidden([0, 5, 0, 0], [5, 0, 0, 0]);
        gating.Tell(new RouteTokens().Ask(7, 3, hidden, TestActor));
        var routed = ExpectMsg<TokensRouted>();
        Assert.Equal(7UL, routed.Question.DispatchId);
        Assert.Same(hidden, routed.Question.Hidden);
        Assert.Equal([1, 0], routed.Routing.TopkExperts);
    }

    [Fact]
    public void Should_answer_with_a_failure_when_the_layer_has_no_router()
    {
        Gating().Tell(new RouteTokens().Ask(8, 4, Hidden([1, 1, 1, 1]), TestActor));
        Assert.Equal("layer 4 has no router", ExpectMsg<RoutingFailed>().Message);
    }

    [Fact]
    public void Should_answer_with_a_failure_when_the_rows_do_not_fit()
    {
        var hidden = new ActivationRows();
        hidden.Reset(1, 3);
        Gating().Tell(new RouteTokens().Ask(9, 3, hidden, TestActor));
        Assert.Equal(9UL, ExpectMsg<RoutingFailed>().DispatchId);
    }

    [Fact]
    public void Should_answer_with_a_failure_when_the_actor_has_stopped()
    {
        var gating = Watch(Gating());
        Sys.Stop(gating);
        ExpectTerminated(gating);
        gating.Tell(new RouteTokens().Ask(10, 3, Hidden([1, 1, 1, 1]), TestActor));
        Assert.Equal(new RoutingFailed(10, 3, "the gating actor has stopped"), ExpectMsg<RoutingFailed>());
    }

    [Fact]
    public void Should_count_tokens_per_expert_when_asked_for_loads()
    {
        var gating = Gating();
        gating.Tell(new RouteTokens().Ask(1, 3, Hidden([0, 5, 0, 0], [5, 0, 0, 0], [0, 9, 0, 0]), TestActor));
        ExpectMsg<TokensRouted>();
        AwaitAssert(() =>
        {
            gating.Tell(GetExpertLoads.Instance);
            var loads = ExpectMsg<ExpertLoads>();
            Assert.Equal([new(new ExpertId(3, 0), 1L), new(new ExpertId(3, 1), 2L)], loads.Tokens);
        });
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _pool.Dispose();
        _memory.Dispose();
    }

    private IActorRef Gating()
    {
        var gate = new GateLayer(
            new WeightMatrix(WeightType.F32, 2, 4, _memory, 0), new TopKRouter(new RouterConfig(2, 1, ScoreFunction.Softmax, NormTopkProb: false)));
        return Sys.ActorOf(GatingActor.Props(new Dictionary<int, GateLayer> { [3] = gate }, _pool));
    }

    private static ActivationRows Hidden(params float[][] rows)
    {
        var hidden = new ActivationRows();
        hidden.Reset(rows.Length, rows[0].Length);
        for (var i = 0; i < rows.Length; i++)
            rows[i].CopyTo(hidden.Row(i));
        return hidden;
    }
}
