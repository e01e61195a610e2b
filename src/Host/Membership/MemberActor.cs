using Akka.Actor;

namespace MoE.Host;

/// <summary>
/// Nothing but its being there is asked (Akka's Identify). Only an answer with the actor in it is one: Akka itself answers without, on
/// this side too, where a message finds no actor or no connection. On the membership's own threads, so that it answers however busy the
/// node is.
/// </summary>
internal sealed class MemberActor : UntypedActor
{
    /// <summary>Its name under <c>/user</c> once this process is a member of a cluster.</summary>
    public const string Name = "member";

    /// <summary>The name of another that is there all along, in a cluster or not.</summary>
    public const string ProcessName = "process";

    private const string Dispatcher = "moe-membership-dispatcher";

    public static Props Props() => Akka.Actor.Props.Create(() => new MemberActor()).WithDispatcher(Dispatcher);

    protected override void OnReceive(object message) => Unhandled(message);
}
