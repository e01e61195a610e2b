using System.Collections.Concurrent;

namespace MoE.Kernels;

/// <summary>Buffers for expert products, as many as compute threads that ever worked at once. Thread-safe.</summary>
public sealed class ExpertWorkspaces
{
    private readonly ConcurrentBag<ExpertWorkspace> _idle = [];
    private readonly ConcurrentBag<ActivationRows> _idleBatches = [];

    public ExpertWorkspace Rent() => _idle.TryTake(out var workspace) ? workspace : new ExpertWorkspace();

    public void Return(ExpertWorkspace workspace) => _idle.Add(workspace);

    /// <summary>Rows of a whole batch, which several computations read.</summary>
    public ActivationRows RentBatch() => _idleBatches.TryTake(out var batch) ? batch : new ActivationRows();

    public void Return(ActivationRows batch) => _idleBatches.Add(batch);
}

/// <summary>One computation's buffers.</summary>
public sealed class ExpertWorkspace
{
    /// <summary>The rows that the expert reads.</summary>
    public ActivationRows Rows { get; } = new();

    public ExpertScratch Scratch { get; } = new();
}
