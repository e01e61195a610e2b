using Akka.Actor;

namespace MoE.Protocol;

/// <summary>
/// How a member's actor keeps to its coordinator: it registers until it is answered, and heeds the one that accepted it last, nobody
/// else. A former one may plan until it notices that it is none any more, with higher numbers than the new one's, which then would
/// never be followed. Belongs to the member's actor.
/// </summary>
/// <param name="timers">The actor's: it gets <see cref="RegistrationDue"/>.</param>
/// <param name="interval">How often an unanswered registration is repeated.</param>
public sealed class CoordinatorContact(ITimerScheduler timers, TimeSpan interval)
{
    private IActorRef _accepter = ActorRefs.Nobody;

    /// <summary>Whether a registration waits for its answer.</summary>
    public bool IsRegistering => timers.IsTimerActive(nameof(RegistrationDue));

    /// <summary>The actor starts, or another process coordinates now: whoever that is, it is asked.</summary>
    public void Register()
    {
        _accepter = ActorRefs.Nobody;
        Ask();
    }

    /// <summary>A coordinator accepted the member.</summary>
    /// <returns>Whether it is another than the one before.</returns>
    public bool Accepted(IActorRef coordinator)
    {
        timers.Cancel(nameof(RegistrationDue));
        var another = !coordinator.Equals(_accepter);
        _accepter = coordinator;
        return another;
    }

    /// <summary>A coordinator refused the member, which asks no more.</summary>
    public void Refused() => timers.Cancel(nameof(RegistrationDue));

    /// <summary>Whether a word counts. Where it is another coordinator's, this member may be wrong about who is which: asking tells.</summary>
    /// <param name="coordinator">Whose word it is.</param>
    public bool Heeds(IActorRef coordinator)
    {
        if (coordinator.Equals(_accepter))
            return true;
        if (!IsRegistering)
            Ask();
        return false;
    }

    private void Ask() => timers.StartPeriodicTimer(nameof(RegistrationDue), RegistrationDue.Instance, TimeSpan.Zero, interval);
}

/// <summary>A member's actor → itself: register. Local.</summary>
public sealed record RegistrationDue : INoSerializationVerificationNeeded
{
    public static RegistrationDue Instance { get; } = new();
}
