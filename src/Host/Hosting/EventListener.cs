using Akka.Actor;

namespace MoE.Host;

/// <summary>Hands the rooms' local news to a callback, one at a time.</summary>
internal sealed class EventListener(Action<object> callback) : UntypedActor
{
    public static Props Props(Action<object> callback) => Akka.Actor.Props.Create(() => new EventListener(callback));

    protected override void OnReceive(object message) => callback(message);
}
