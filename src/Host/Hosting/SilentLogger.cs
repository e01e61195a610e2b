using Akka.Event;

namespace MoE.Host;

/// <summary>Takes what Akka logs before its loggers start and after they stop: stdout is for what the command prints.</summary>
public sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        // Nothing by design.
    }
}
