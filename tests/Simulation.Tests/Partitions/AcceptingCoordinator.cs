using Akka.Actor;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>In a coordinator's place: takes every front.</summary>
internal sealed class AcceptingCoordinator : UntypedActor
{
    public static Props Props() => Akka.Actor.Props.Create(() => new AcceptingCoordinator());

    protected override void OnReceive(object message)
    {
        if (message is RegisterFront register)
            Sender.Tell(new FrontAccepted(register.Node));
        else if (message is not (MemberReachability or MemberDown))
            Unhandled(message);
    }
}

/// <summary>In a front's place: asks the coordinator again and again whether it is there.</summary>
internal sealed class RegisteringFront(PartitionProcess process, IActorRef locator) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PartitionProcess process, IActorRef locator) => Akka.Actor.Props.Create(() => new RegisteringFront(process, locator));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Register), Register.Instance, TimeSpan.Zero, s_interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Register:
                locator.Tell(new RegisterFront(new NodeId(process.Name), "", WireVersion.Current, "", "", ExpertPlacement.Empty));
                break;
            case FrontAccepted when Sender is ModelledRef { Owner: { } coordinator }:
                process.Served(coordinator);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private sealed record Register : INoSerializationVerificationNeeded
    {
        public static Register Instance { get; } = new();
    }
}
