using Akka.Actor;

namespace MoE.Host;

/// <summary>
/// There once this process is a member of a cluster; nothing but its being there is asked (Akka's Identify). On the membership's own
/// threads, so that it answers however busy the node is.
/// </summary>
internal sealed class MemberActor : UntypedActor
{
    /// <summary>Its name under <c>/user</c>.</summary>
    public const string Name = "member";

    private const string Dispatcher = "moe-membership-dispatcher";

    public static Props Props() => Akka.Actor.Props.Create(() => new MemberActor()).WithDispatcher(Dispatcher);

    protected override void OnReceive(object message) => Unhandled(message);
}
