using Akka.Actor;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// Akka.Remote between the processes: every message as its bytes, in order between a pair of processes, at most once. A broken
/// association loses what is told to it; what was removed from the cluster is not heard any more.
/// </summary>
internal sealed class ControlPlane(World world)
{
    private readonly MoEMessageSerializer _serializer = new((ExtendedActorSystem)world.System);
    private readonly Dictionary<(SimulatedProcess Viewer, IActorRef Actor), RemoteRef> _refs = [];
    private readonly List<RemoteRef> _inOrder = [];
    private readonly HashSet<IActorRef> _stopped = [];
    private readonly Dictionary<(SimulatedProcess From, SimulatedProcess To), TimeSpan> _lastDelivery = [];
    private readonly Dictionary<(SimulatedProcess, SimulatedProcess), TimeSpan> _brokenUntil = [];

    /// <summary>Sees every message that arrives.</summary>
    public Action<SimulatedProcess, SimulatedProcess, object> Arrived { get; set; } = (_, _, _) => { };

    /// <summary>Sees every message that is sent.</summary>
    public Action<SimulatedProcess, SimulatedProcess, object> Sent { get; set; } = (_, _, _) => { };

    /// <summary>How an actor is addressed in a process.</summary>
    public IActorRef RefTo(SimulatedProcess viewer, SimulatedProcess process, IActorRef actor)
    {
        if (viewer == process)
            return actor;
        if (_refs.TryGetValue((viewer, actor), out var known))
            return known;
        var made = new RemoteRef(this, viewer, process, actor, ((ExtendedActorSystem)world.System).Provider);
        _refs.Add((viewer, actor), made);
        _inOrder.Add(made);
        return made;
    }

    /// <summary>Both directions lose what is told to them, for a while.</summary>
    public void Break(SimulatedProcess one, SimulatedProcess other, TimeSpan duration)
    {
        _brokenUntil[(one, other)] = world.Loop.Now + duration;
        _brokenUntil[(other, one)] = world.Loop.Now + duration;
    }

    public void Send(RemoteRef target, object message, IActorRef? sender)
    {
        var (from, to) = (target.Viewer, target.Process);
        if (!from.Alive)
            return;
        if (message is not IWireMessage)
            throw new SimulationException($"{from} tells {to} a {message.GetType().Name}, which cannot leave a process");
        var bytes = _serializer.ToBinary(message);
        var manifest = _serializer.Manifest(message);
        Sent(from, to, message);
        if (_brokenUntil.TryGetValue((from, to), out var until) && world.Loop.Now < until)
        {
            world.Trace.Add("lost", from.Name, to.Name, message.GetType().Name);
            return;
        }

        InOrder(from, to, () => Deliver(target, _serializer.FromBinary(bytes, manifest), sender));
    }

    /// <summary>Somebody watches an actor that may be gone already: its process says so, or its silence does, after a while.</summary>
    public void Watched(RemoteRef target)
    {
        if (target.Viewer.Removed.Contains(target.Process))
            world.Loop.After(world.Loop.Between(10_000, 15_000), () => target.Viewer.Run(target.Terminate));
        else if (_stopped.Contains(target.Actor))
            InOrder(target.Process, target.Viewer, target.Terminate);
    }

    /// <summary>An actor stopped while its process lives: its watchers hear.</summary>
    public void Stopped(SimulatedProcess process, IActorRef actor)
    {
        _stopped.Add(actor);
        foreach (var remote in _inOrder.Where(remote => remote.Process == process && remote.Actor.Equals(actor)).ToList())
            InOrder(process, remote.Viewer, remote.Terminate);
    }

    /// <summary>A process has seen another one removed from the cluster.</summary>
    public void Removed(SimulatedProcess viewer, SimulatedProcess process)
    {
        viewer.Removed.Add(process);
        foreach (var remote in _inOrder.Where(remote => remote.Viewer == viewer && remote.Process == process).ToList())
            remote.Terminate();
    }

    private void InOrder(SimulatedProcess from, SimulatedProcess to, Action delivery)
    {
        var due = world.Loop.Now + world.Loop.Between(0.1, world.Loop.OneIn(20) ? 400 : 3);
        if (_lastDelivery.TryGetValue((from, to), out var last) && due < last)
            due = last;
        _lastDelivery[(from, to)] = due;
        world.Loop.At(due, () => to.Run(delivery));
    }

    private void Deliver(RemoteRef target, object message, IActorRef? sender)
    {
        var (from, to) = (target.Viewer, target.Process);
        if (to.Removed.Contains(from))
            return;
        if (message is not (ReportNodeLoad or ReportExpertLoad))
            world.Trace.Add("arrived", from.Name, to.Name, message.GetType().Name);
        if (world.Trace.Verbose && message is not (ReportNodeLoad or ReportExpertLoad or LoadProgress))
            world.Trace.Note(Text(message));
        Arrived(from, to, message);
        target.Actor.Tell(message, SenderFor(to, from, sender));
    }

    private static string Text(object message) => message switch
    {
        LoadExperts load => $"LoadExperts {load.Version} for {load.Node}: {ExpertSets.Format(load.Experts)}",
        PublishPlacement published => Text(published.Placement),
        RegisterFront register => $"RegisterFront {register.Node}, {Text(register.Placement)}",
        RegisterNode register => $"RegisterNode {register.Registration.Node} holds {ExpertSets.Format(register.Held)}",
        _ => $"{message}",
    };

    private static string Text(ExpertPlacement placement) =>
        $"{placement}; " + string.Join("; ", placement.Nodes.Select(node => $"{node}: {ExpertSets.Format(placement.ExpertsOf(node))}"));

    private IActorRef? SenderFor(SimulatedProcess to, SimulatedProcess from, IActorRef? sender) => sender switch
    {
        null => ActorRefs.NoSender,
        RemoteRef remote => RefTo(to, remote.Process, remote.Actor),
        _ when sender.IsNobody() => ActorRefs.NoSender,
        _ => RefTo(to, from, sender),
    };
}
