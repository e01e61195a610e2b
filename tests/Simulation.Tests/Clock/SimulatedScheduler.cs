using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace MoE.Simulation.Tests;

/// <summary>
/// Akka's scheduler over the loop's virtual time. A process that hangs gets its timers' messages when it runs again: also every one that a
/// periodic timer would have sent meanwhile, as Akka's wheel makes up for each tick that it has missed.
/// </summary>
internal sealed class SimulatedScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider
{
    public SimulatedScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
    }

    public SimulationLoop Loop { get; } = new();

    public override TimeSpan MonotonicClock => Loop.Now;

    public override TimeSpan HighResMonotonicClock => Loop.Now;

    protected override DateTimeOffset TimeNow => SimulationLoop.Start + Loop.Now;

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Loop.After(delay, () =>
        {
            if (cancelable is not { IsCancellationRequested: true })
                Loop.Deliver(receiver, () => Tell(receiver, message, sender, cancelable));
        });

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeat(initialDelay, interval, receiver, () => Tell(receiver, message, sender, cancelable), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Loop.After(delay, () => Run(action, cancelable));

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Loop.After(delay, () => Run(action.Run, cancelable));

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Repeat(initialDelay, interval, ActorRefs.Nobody, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Repeat(initialDelay, interval, ActorRefs.Nobody, action.Run, cancelable);

    private void Repeat(TimeSpan delay, TimeSpan interval, ICanTell receiver, Action action, ICancelable? cancelable) =>
        Loop.After(delay, () =>
        {
            if (cancelable is { IsCancellationRequested: true })
                return;
            Loop.Deliver(receiver, action);
            Repeat(interval, interval, receiver, action, cancelable);
        });

    private static void Tell(ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable)
    {
        if (cancelable is not { IsCancellationRequested: true })
            receiver.Tell(message, sender);
    }

    private static void Run(Action action, ICancelable? cancelable)
    {
        if (cancelable is not { IsCancellationRequested: true })
            action();
    }
}
