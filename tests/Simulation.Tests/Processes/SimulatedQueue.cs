using MoE.Kernels;

namespace MoE.Simulation.Tests;

/// <summary>A process's compute threads: work runs after a random while, in any order, and not at all once the process is dead.</summary>
internal sealed class SimulatedQueue(SimulationLoop loop, SimulatedProcess process) : IWorkQueue
{
    /// <summary>Times as slow as usual.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Whether the queue is full.</summary>
    public bool Full { get; set; }

    public bool TrySubmit(IThreadPoolWorkItem work)
    {
        if (Full)
            return false;
        loop.After(loop.Between(0.05, 3) * Slowness, () => process.Run(work.Execute));
        return true;
    }
}
