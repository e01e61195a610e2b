using Akka.Actor;
using Akka.TestKit;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

public sealed class LoadingSpecs : ExpertNodeFixture
{
    private readonly List<ExpertId> _read = [];

    public LoadingSpecs() => Source.BeforeRead = expert => _read.Add(expert);

    [Fact]
    public void Should_read_exactly_the_experts_asked_for_when_told_to_load()
    {
        var node = StartAcceptedNode();
        node.Tell(new LoadExperts(3, Node, [new(2, 5), new(1, 0), new(1, 7)]), Coordinator);
        for (var loaded = 1; loaded <= 3; loaded++)
        {
            var progress = Coordinator.FishForMessage<LoadProgress>(_ => true);
            Assert.Equal(new LoadProgress(3, Node, loaded, 3, loaded * RandomModelSource.BytesOfExpert), progress);
            Assert.Equal((loaded, 3), Loading(Listener.FishForMessage<ExpertNodeLoading>(_ => true)));
        }

        Assert.Equal(3 * RandomModelSource.BytesOfExpert, Coordinator.ExpectMsg<ExpertsReady>().Bytes);
        Assert.Equal([new(1, 0), new(1, 7), new(2, 5)], _read);
    }

    [Fact]
    public void Should_read_only_what_is_new_and_keep_the_rest_when_a_newer_set_comes()
    {
        var node = StartNodeWith(1, 2);
        _read.Clear();
        Load(node, 2, 2, 3);
        Assert.Equal(3 * RandomModelSource.BytesOfExpert, Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 2).Bytes);
        Assert.Equal([new(1, 3)], _read);
    }

    [Fact]
    public void Should_be_ready_at_once_when_the_set_is_repeated_or_empty()
    {
        var node = StartNodeWith(1, 2);
        Load(node, 1, 1, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 1);
        Load(node, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 2);
    }

    [Fact]
    public void Should_ignore_a_set_when_it_is_older()
    {
        var node = StartNodeWith(1);
        Load(node, 5, 1, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 5);
        Load(node, 4, 6);
        Settle(node);
        Coordinator.ExpectMsg<ReportNodeLoad>();
        Coordinator.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Should_release_what_the_placement_does_not_name_when_told_so()
    {
        var node = StartNodeWith(1, 2);
        Load(node, 2, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 2);
        node.Tell(new ReleaseExperts(1, Node), Coordinator);
        Assert.Equal(2, Report(node).ExpertsHeld);
        node.Tell(new ReleaseExperts(2, Node), Coordinator);
        var report = Report(node);
        Assert.Equal((1, RandomModelSource.BytesOfExpert), (report.ExpertsHeld, report.BytesHeld));

        node.Tell(Frames.Dispatch(1, RandomModelSource.RandomRows(1, 1), [(1, [0])]), TestActor);
        Assert.Equal(DispatchFailure.ExpertNotHeld, ExpectMsg<DispatchFailedFrame>().Failure);
    }

    [Fact]
    public void Should_report_the_failure_when_an_expert_cannot_be_read()
    {
        Source.BeforeRead = expert => throw new IOException($"no bytes of {expert}");
        var node = StartAcceptedNode();
        Load(node, 4, 1, 2);
        Assert.Equal(new LoadFailed(4, Node, "expert 1/1: no bytes of 1/1"), Coordinator.FishForMessage<LoadFailed>(_ => true));
    }

    [Fact]
    public void Should_try_again_when_asked_again_after_a_failure()
    {
        Source.BeforeRead = _ => throw new IOException("busy");
        var node = StartAcceptedNode();
        Load(node, 4, 1, 2);
        Coordinator.FishForMessage<LoadFailed>(_ => true);
        Source.BeforeRead = _ => { };
        Load(node, 4, 1, 2);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 4);
    }

    [Fact]
    public void Should_refuse_a_set_when_it_exceeds_the_budget()
    {
        var node = StartAcceptedNode();
        node.Tell(new LoadExperts(1, Node, [.. Enumerable.Range(0, 9).Select(i => new ExpertId(1 + i / 8, i % 8))]), Coordinator);
        Assert.Contains("9 experts take", Coordinator.FishForMessage<LoadFailed>(_ => true).Message, StringComparison.Ordinal);
        Assert.Empty(_read);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 8)]
    public void Should_refuse_a_set_when_the_model_has_no_such_expert(int layer, int expert)
    {
        var node = StartAcceptedNode();
        node.Tell(new LoadExperts(1, Node, [new(layer, expert)]), Coordinator);
        Assert.Equal($"expert {layer}/{expert} is none of the model's", Coordinator.FishForMessage<LoadFailed>(_ => true).Message);
    }

    [Fact]
    public void Should_read_an_expert_again_when_its_actor_failed()
    {
        var node = StartNodeWith(1, 2);
        _read.Clear();
        Sys.ActorSelection(node.Path / "1-2-1").Tell(Kill.Instance);
        Coordinator.FishForMessage<ExpertsReady>(_ => true);
        Assert.Equal([new(1, 2)], _read);
    }

    [Fact]
    public void Should_wait_and_go_on_when_the_compute_queue_is_full()
    {
        using var open = new ManualResetEventSlim(false);
        using var waiting = new CountdownEvent(1);
        Occupy(open);
        do
            waiting.AddCount();
        while (Pool.TrySubmit(() => waiting.Signal()));

        var node = StartAcceptedNode();
        Load(node, 1, 1);
        Settle(node);
        open.Set();
        waiting.Signal(2);
        Assert.True(waiting.Wait(TimeSpan.FromSeconds(60)));
        Coordinator.FishForMessage(_ =>
        {
            Advance(node, Settings.RegisterInterval);
            return _ is ExpertsReady;
        });
        Assert.Equal([new(1, 1)], _read);
    }

    private ReportNodeLoad Report(IActorRef node)
    {
        Settle(node);
        while (Coordinator.HasMessages)
            Coordinator.ReceiveOne(TimeSpan.Zero);
        Advance(node, Settings.LoadReportInterval);
        return Coordinator.FishForMessage<ReportNodeLoad>(_ => true);
    }

    private static (int, int) Loading(ExpertNodeLoading loading) => (loading.Loaded, loading.Total);
}
