using Akka.Configuration;
using Akka.Dispatch;

namespace MoE.Simulation.Tests;

/// <summary>Leaves mailboxes that have mail to the loop, which runs them one message at a time.</summary>
internal sealed class SimulatedDispatcher(MessageDispatcherConfigurator configurator, SimulationLoop loop) : MessageDispatcher(configurator)
{
    protected override void ExecuteTask(IRunnable run) => loop.Enqueue((Mailbox)run);

    protected override void Shutdown()
    {
    }
}

/// <summary>What the configuration's dispatchers name.</summary>
internal sealed class SimulatedDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SimulatedDispatcher _dispatcher;

    public SimulatedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) =>
        _dispatcher = new SimulatedDispatcher(this, ((SimulatedScheduler)prerequisites.Scheduler).Loop) { Throughput = 1 };

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
