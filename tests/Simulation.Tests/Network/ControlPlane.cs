using Akka.Actor;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// Akka.Remote's actors between the processes: what they tell each other crosses the network as its bytes, at most once; death watch
/// follows the membership.
/// </summary>
internal sealed class ControlPlane(World world)
{
    private readonly MoEMessageSerializer _serializer = new((ExtendedActorSystem)world.System);
    private readonly IActorRefProvider _provider = ((ExtendedActorSystem)world.System).Provider;
    private readonly Dictionary<(int Viewer, IActorRef Actor), RemoteRef> _refs = [];
    private readonly List<RemoteRef> _watched = [];
    private readonly HashSet<IActorRef> _stopped = [];

    /// <summary>Sees every message that arrives.</summary>
    public event Action<ModelledMembership, ModelledMembership, object>? Arrived;

    /// <summary>Sees every message that is sent.</summary>
    public event Action<ModelledMembership, ModelledMembership, object>? Sent;

    /// <summary>How an actor is addressed in a process.</summary>
    public IActorRef RefTo(ModelledMembership viewer, ModelledMembership owner, IActorRef actor)
    {
        if (viewer == owner)
            return actor;
        if (_refs.TryGetValue((viewer.Uid, actor), out var known))
            return known;
        var made = new RemoteRef(this, viewer, owner, actor, _provider);
        _refs.Add((viewer.Uid, actor), made);
        return made;
    }

    /// <param name="from">Who tells.</param>
    /// <param name="to">Who is told.</param>
    /// <param name="actor">Who of it, at the time of arrival; null for nobody.</param>
    /// <param name="message">What may leave a process.</param>
    /// <param name="sender">An actor as <paramref name="from"/> addresses it.</param>
    public void Send(ModelledMembership from, ModelledMembership to, Func<IActorRef?> actor, object message, IActorRef? sender)
    {
        var read = Written(message);
        Sent?.Invoke(from, to, message);
        world.Cables.Send(from, to, () =>
        {
            var reply = SenderFor(to, from, sender);
            if (actor() is { } there)
            {
                Note(from, to, message);
                Arrived?.Invoke(from, to, message);
                there.Tell(read(), reply);
            }
            else if (message is Identify identify)
            {
                reply?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
            }
        });
    }

    /// <summary>Somebody watches an actor that may be gone already: its process says so, or, where that is gone too or the word is lost, its silence does, after a while.</summary>
    public void Watched(RemoteRef target)
    {
        if (_stopped.Contains(target.Actor))
            world.Cables.Send(target.Owner, target.Viewer, target.Terminate);
        if (IsLookedAt(target))
            return;
        _watched.Add(target);
        Look(target);
    }

    /// <summary>An actor stopped while its process lives: its watchers hear.</summary>
    public void Stopped(ModelledMembership owner, IActorRef actor)
    {
        _stopped.Add(actor);
        foreach (var remote in _watched.Where(remote => remote.Owner == owner && remote.Actor.Equals(actor)))
            world.Cables.Send(owner, remote.Viewer, remote.Terminate);
    }

    /// <summary>A process's actor system ends in order.</summary>
    public void Ended(ModelledMembership owner)
    {
        foreach (var remote in _watched.Where(remote => remote.Owner == owner))
            world.Cables.Send(owner, remote.Viewer, remote.Terminate);
    }

    /// <summary>A process has seen another one removed from the cluster.</summary>
    public void Removed(ModelledMembership viewer, int uid)
    {
        foreach (var remote in _watched.Where(remote => remote.Viewer == viewer && remote.Owner.Uid == uid).ToList())
            remote.Terminate();
    }

    /// <summary>Two processes' references to one actor are equal.</summary>
    private bool IsLookedAt(RemoteRef target) => _watched.Exists(remote => ReferenceEquals(remote, target));

    /// <summary>Akka watches strangers by heartbeats of its own, members by the membership, and says again that an actor has stopped.</summary>
    private void Look(RemoteRef target) => world.Loop.After(world.Loop.Between(10_000, 15_000), () =>
    {
        if (target.Viewer.Listens && target.Watchers.Count > 0 && !_stopped.Contains(target.Actor)
            && (target.Viewer.Knows(target.Owner) || world.Cables.CanAsk(target.Viewer, target.Owner)))
        {
            Look(target);
            return;
        }

        _watched.RemoveAll(remote => ReferenceEquals(remote, target));
        target.Viewer.Process.Run(target.Terminate);
    });

    /// <summary>What reads the message again, from bytes where it is one of ours.</summary>
    private Func<object> Written(object message)
    {
        switch (message)
        {
            case Identify or ActorIdentity:
                return () => message;
            case IWireMessage:
                var bytes = _serializer.ToBinary(message);
                var manifest = _serializer.Manifest(message);
                return () => _serializer.FromBinary(bytes, manifest);
            default:
                throw new SimulationException($"a {message.GetType().Name} cannot leave a process");
        }
    }

    private void Note(ModelledMembership from, ModelledMembership to, object message)
    {
        if (message is not IWireMessage)
            return;
        var quiet = message is ReportNodeLoad or ReportExpertLoad;
        if (!quiet)
            world.Trace.Add("arrived", from.ToString(), to.ToString(), message.GetType().Name);
        if (world.Trace.Verbose && !quiet && message is not LoadProgress)
            world.Trace.Note(Text(message));
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

    private IActorRef? SenderFor(ModelledMembership to, ModelledMembership from, IActorRef? sender) => sender switch
    {
        null => ActorRefs.NoSender,
        RemoteRef remote => RefTo(to, remote.Owner, remote.Actor),
        _ when sender.IsNobody() => ActorRefs.NoSender,
        _ => RefTo(to, from, sender),
    };
}
