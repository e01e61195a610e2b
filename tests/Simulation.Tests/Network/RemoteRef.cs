using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace MoE.Simulation.Tests;

/// <summary>An actor of one process as another process sees it.</summary>
internal sealed class RemoteRef : MinimalActorRef
{
    private readonly ControlPlane _control;

    public RemoteRef(ControlPlane control, ModelledMembership viewer, ModelledMembership owner, IActorRef actor, IActorRefProvider provider)
    {
        _control = control;
        Viewer = viewer;
        Owner = owner;
        Actor = actor;
        Provider = provider;
        Path = new RootActorPath(owner.Self.Address) / actor.Path.Elements;
    }

    public ModelledMembership Viewer { get; }

    public ModelledMembership Owner { get; }

    /// <summary>The actor itself, in its own process.</summary>
    public IActorRef Actor { get; }

    /// <summary>Who of the viewer's process watches it.</summary>
    public HashSet<IInternalActorRef> Watchers { get; } = [];

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    protected override void TellInternal(object message, IActorRef sender) => _control.Send(Viewer, Owner, () => Actor, message, sender);

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                Watchers.Add(watch.Watcher);
                _control.Watched(this);
                break;
            case Unwatch unwatch:
                Watchers.Remove(unwatch.Watcher);
                break;
        }
    }

    /// <summary>The actor stopped, or its process is gone for the viewer.</summary>
    public void Terminate()
    {
        foreach (var watcher in Watchers.ToList())
            watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
        Watchers.Clear();
    }
}
