using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace MoE.Simulation.Tests;

/// <summary>An actor of one process as another process sees it: messages cross the control plane, death watch follows the membership.</summary>
internal sealed class RemoteRef : MinimalActorRef
{
    private readonly ControlPlane _control;

    public RemoteRef(ControlPlane control, SimulatedProcess viewer, SimulatedProcess process, IActorRef actor, IActorRefProvider provider)
    {
        _control = control;
        Viewer = viewer;
        Process = process;
        Actor = actor;
        Provider = provider;
        Path = new RootActorPath(process.Address) / "user" / actor.Path.Name;
    }

    public SimulatedProcess Viewer { get; }

    public SimulatedProcess Process { get; }

    /// <summary>The actor itself, in its own process.</summary>
    public IActorRef Actor { get; }

    /// <summary>Who of the viewer's process watches it.</summary>
    public HashSet<IInternalActorRef> Watchers { get; } = [];

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    protected override void TellInternal(object message, IActorRef sender) => _control.Send(this, message, sender);

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
