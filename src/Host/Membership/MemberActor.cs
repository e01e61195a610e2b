using Akka.Actor;
using Akka.Cluster;

namespace MoE.Host;

/// <summary>
/// Nothing but its being there is asked (Akka's Identify). Only an answer with the actor in it is one: Akka itself answers without, on
/// this side too, where a message finds no actor or no connection. What a process is, its actors' names say. On the membership's own
/// threads, so that they answer however busy the node is.
/// </summary>
internal sealed class MemberActor : UntypedActor
{
    /// <summary>Its name under <c>/user</c> once this process is a member of a cluster.</summary>
    public const string Name = "member";

    /// <summary>The name of another that is there all along, in a cluster or not.</summary>
    public const string ProcessName = "process";

    /// <summary>The name of one that is there while the process is a seed that was cut off: it may form a cluster.</summary>
    public const string CutOffName = "cut-off";

    private const string Dispatcher = "moe-membership-dispatcher";

    public static Props Props() => Akka.Actor.Props.Create(() => new MemberActor()).WithDispatcher(Dispatcher);

    /// <summary>The name of one that is there all along and says that this very membership goes on: an address would answer for a process that was restarted.</summary>
    public static string NameOf(UniqueAddress membership) => FormattableString.Invariant($"{Name}-{membership.Uid:x8}");

    protected override void OnReceive(object message) => Unhandled(message);
}
