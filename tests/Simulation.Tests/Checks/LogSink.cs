using Akka.Actor;
using Akka.Event;

namespace MoE.Simulation.Tests;

/// <summary>Hears what actors log. An exception that escapes one is a defect, whatever else goes well.</summary>
internal sealed class LogSink(Trace trace, Action<string> broken, IActorRefProvider provider) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(new Address("akka", "simulation")) / "log-sink";

    public override IActorRefProvider Provider => provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is not LogEvent log)
            return;
        trace.Note($"{log.LogSource}: {log.Message}");
        if (log is Error { Cause: { } cause })
            broken($"{log.LogSource} failed: {cause}");
    }
}
