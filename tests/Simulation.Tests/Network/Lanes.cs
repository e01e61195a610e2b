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
    public Func<IActorContext, LaneEndpoint, IActorRef, IActorRef> DialFrom(SimulatedProcess front) => (context, endpoint, owner) =>
    {
        var link = new LaneLink(world, front, world.Processes.Find(process => process.Id == endpoint.Node));
        _links.Add(link);
        return context.ActorOf(Props.Create(() => new LaneEnd(world, link, LaneSide.Front, endpoint.Node, owner)));
    };

    public void Forget(LaneLink link) => _links.Remove(link);

    public string NameFor(SimulatedProcess process) => $"{process.Name}-lane{_names++}";

    /// <summary>The machine closes a dead process's connections.</summary>
    public void Crashed(SimulatedProcess process)
    {
        foreach (var link in _links.Where(link => link.Joins(process)).ToList())
            link.ProcessDied(process);
    }

    /// <summary>Nobody answers pings any more.</summary>
    public void Froze(SimulatedProcess process)
    {
        foreach (var link in _links.Where(link => link.Joins(process)).ToList())
            link.ProcessFroze(process);
    }
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
