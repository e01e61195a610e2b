using Akka.Actor;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>Every lane between the processes.</summary>
internal sealed class Lanes(World world)
{
    private readonly List<LaneLink> _links = [];
    private int _names;

    /// <summary>What the network does to a frame.</summary>
    public Func<LaneLink, FrameFate> Fate { get; set; } = _ => FrameFate.Arrives;

    public IReadOnlyList<LaneLink> Open => _links;

    /// <summary>What <c>TokenDispatcherOptions.Dial</c> asks for.</summary>
    public Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> DialFrom(ModelledMembership front) => (context, endpoint, owner) =>
    {
        var link = new LaneLink(world, front, world.ById(endpoint.Node));
        _links.Add(link);
        return context.ActorOf(Props.Create(() => new LaneEnd(world, link, LaneSide.Front, endpoint.Node, owner)));
    };

    public void Forget(LaneLink link) => _links.Remove(link);

    public string NextName() => $"lane{_names++}";
}

/// <summary>What the network does to a frame.</summary>
internal enum FrameFate
{
    Arrives,

    /// <summary>It comes twice.</summary>
    Doubled,

    /// <summary>A bit flips on the way.</summary>
    Damaged,

    /// <summary>The connection is cut in the middle of it.</summary>
    Cut,

    /// <summary>It takes much longer than usual, and whatever follows it too.</summary>
    Delayed,
}
