using Akka.Configuration;
using Akka.Dispatch;

namespace MoE.Lane;

/// <summary>
/// Runs an actor's mailbox on the thread that brings the message, unless another thread is at it already: that one then takes
/// the message too. An actor still handles one message at a time, in order, and fails to its supervisor; what it does without
/// is the change of threads, of which a frame would pay one an actor on its way.
/// <para>For actors that never block and whose work on a message is short: the sender waits for it.</para>
/// </summary>
public sealed class SenderThreadDispatcher : MessageDispatcher
{
    /// <summary>The configuration's path of the dispatcher.</summary>
    public const string ConfigPath = "moe.lane.dispatcher";

    internal SenderThreadDispatcher(SenderThreadDispatcherConfigurator configurator)
        : base(configurator)
    {
    }

    protected override void ExecuteTask(IRunnable run)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Run();
    }

    protected override void Shutdown()
    {
    }
}

/// <summary>What <c>moe.lane.dispatcher.type</c> names.</summary>
public sealed class SenderThreadDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SenderThreadDispatcher _dispatcher;

    public SenderThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new SenderThreadDispatcher(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
