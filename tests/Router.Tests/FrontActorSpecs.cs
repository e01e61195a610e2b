using Akka.Actor;
using Akka.TestKit;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router.Tests;

public sealed class FrontActorSpecs : RouterSpec
{
    private static readonly RegisterFront s_registration = new(new NodeId("front#1"), "hash", 1, "policy", "f32", ExpertPlacement.Empty);
    private readonly TestProbe _coordinator;
    private readonly TestProbe _dispatcher;
    private readonly TestProbe _gating;
    private readonly TestProbe _listener;
    private readonly IActorRef _front;

    public FrontActorSpecs()
    {
        _coordinator = CreateTestProbe();
        _dispatcher = CreateTestProbe();
        _gating = CreateTestProbe();
        _listener = CreateTestProbe();
        _front = Sys.ActorOf(FrontActor.Props(
            s_registration, _coordinator, _dispatcher, _gating, _listener, new FrontSettings(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1))));
        Scheduler.Advance(TimeSpan.Zero);
        AwaitAssert(() =>
        {
            Scheduler.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(_coordinator.HasMessages);
        });
        Assert.Equal(s_registration.Node, _coordinator.ExpectMsg<RegisterFront>().Node);
    }

    [Fact]
    public void Should_register_again_when_nobody_answers()
    {
        Scheduler.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(s_registration.Node, _coordinator.ExpectMsg<RegisterFront>().Node);
    }

    [Fact]
    public void Should_report_loads_when_accepted()
    {
        _coordinator.Send(_front, new FrontAccepted(s_registration.Node));
        AwaitAssert(() =>
        {
            Scheduler.Advance(TimeSpan.FromSeconds(1));
            Assert.True(_gating.HasMessages);
        });
        _gating.ExpectMsg<GetExpertLoads>();
        _gating.Send(_front, new ExpertLoads([new(new ExpertId(1, 2), 7)]));
        var report = _coordinator.FishForMessage<ReportExpertLoad>(_ => true);
        Assert.True(new ExpertLoad(new ExpertId(1, 2), 7) == Assert.Single(report.Loads));
    }

    [Fact]
    public void Should_tell_the_listener_and_ask_no_more_when_refused()
    {
        EventFilter.Error(contains: "another model").ExpectOne(() =>
            _coordinator.Send(_front, new RegistrationRefused(s_registration.Node, RefusalReason.ModelHashDiffers, "another model")));
        Assert.Equal("another model", _listener.ExpectMsg<FrontRefused>().Message);
        Scheduler.Advance(TimeSpan.FromSeconds(5));
        _coordinator.ExpectNoMsg(0);
    }

    [Fact]
    public void Should_hand_placements_on_and_say_when_they_are_adopted()
    {
        var published = new PublishPlacement(Cases.OnAAndB(3), Cases.Endpoints(Cases.OnAAndB()));
        _coordinator.Send(_front, new FrontAccepted(s_registration.Node));
        _coordinator.Send(_front, published);
        Assert.True(published.Placement.SameAs(_dispatcher.ExpectMsg<PublishPlacement>().Placement));
        _dispatcher.Reply(new PlacementAdopted(3, s_registration.Node));
        Assert.Equal(3, _coordinator.ExpectMsg<PlacementAdopted>().Version);
        Assert.Equal(3, _listener.ExpectMsg<FrontPlacementAdopted>().Version);
    }

    [Fact]
    public void Should_hand_on_what_the_first_placement_waits_for_and_say_it_once()
    {
        _coordinator.Send(_front, new FrontAccepted(s_registration.Node));
        foreach (var reason in new[] { "1 of 2", "1 of 2", "2 load" })
        {
            _coordinator.Send(_front, new PlacementPending(reason));
            Assert.Equal(reason, _dispatcher.ExpectMsg<PlacementPending>().Reason);
        }

        Assert.Equal("1 of 2", _listener.ExpectMsg<FrontPending>().Reason);
        Assert.Equal("2 load", _listener.ExpectMsg<FrontPending>().Reason);
    }

    [Fact]
    public void Should_register_anew_when_the_coordinator_changed()
    {
        _coordinator.Send(_front, new FrontAccepted(s_registration.Node));
        _front.Tell(CoordinatorChanged.Instance);
        _dispatcher.ExpectMsg<CoordinatorChanged>();
        AwaitAssert(() =>
        {
            Scheduler.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(_coordinator.HasMessages);
        });
        _coordinator.ExpectMsg<RegisterFront>();
    }

    [Fact]
    public void Should_pass_over_placements_and_ask_again_when_another_coordinator_has_accepted_it()
    {
        var former = CreateTestProbe();
        _coordinator.Send(_front, new FrontAccepted(s_registration.Node));
        former.Send(_front, new PublishPlacement(Cases.OnAAndB(9), Cases.Endpoints(Cases.OnAAndB())));
        former.Send(_front, new PlacementImpossible(9, "no room"));
        AwaitAssert(() =>
        {
            Scheduler.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(_coordinator.HasMessages);
        });
        _coordinator.ExpectMsg<RegisterFront>();
        _coordinator.Send(_front, new PublishPlacement(Cases.OnAAndB(3), Cases.Endpoints(Cases.OnAAndB())));
        Assert.Equal(3, _dispatcher.ExpectMsg<PublishPlacement>().Placement.Version);
    }
}
