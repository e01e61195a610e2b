using Akka.Actor;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary><see cref="CoordinatorLocator"/> over the simulated membership instead of Akka.Cluster; the same rules.</summary>
internal sealed class SimulatedLocator(World world, SimulatedProcess self) : UntypedActor
{
    private readonly List<SimulatedProcess> _seeds = [];
    private readonly List<IActorRef> _subscribers = [];
    private SimulatedProcess? _current;

    public static Props Props(World world, SimulatedProcess self) => Akka.Actor.Props.Create(() => new SimulatedLocator(world, self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Membership.Up { Process.Role: ProcessRole.Seed } up:
                _seeds.Add(up.Process);
                Follow();
                break;
            case Membership.Up:
                break;
            case Membership.Down down:
                Remove(down.Process);
                TellOwnCoordinator(new MemberDown(down.Process.Address));
                break;
            case Membership.Removed removed:
                Remove(removed.Process);
                break;
            case Membership.Unreachable unreachable:
                TellOwnCoordinator(new MemberReachability(unreachable.Process.Address, false));
                break;
            case Membership.Reachable reachable:
                TellOwnCoordinator(new MemberReachability(reachable.Process.Address, true));
                break;
            case SubscribeCoordinator subscribe:
                _subscribers.Add(subscribe.Subscriber);
                break;
            case IWireMessage when _current is not null:
                world.Control.RefTo(self, _current, _current.Main).Tell(message, Sender);
                break;
            case IWireMessage:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Remove(SimulatedProcess process)
    {
        _seeds.Remove(process);
        Follow();
    }

    private void Follow()
    {
        // Members are told in the order of their age.
        var oldest = _seeds.Count > 0 ? _seeds[0] : null;
        if (oldest == _current)
            return;
        _current = oldest;
        if (oldest is null)
            return;
        foreach (var subscriber in _subscribers)
            subscriber.Tell(CoordinatorChanged.Instance);
    }

    private void TellOwnCoordinator(object news)
    {
        if (_current == self)
            self.Main.Tell(news, ActorRefs.NoSender);
    }
}
