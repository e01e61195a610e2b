namespace MoE.Protocol;

/// <summary>Who an expert node is and what it offers.</summary>
/// <param name="Node">Its name.</param>
/// <param name="LaneHost">Where its data lane listens, as other processes reach it.</param>
/// <param name="LanePort">1..65535.</param>
/// <param name="ModelHash">The model it reads experts from.</param>
/// <param name="WireVersion">The <see cref="Protocol.WireVersion"/> it speaks.</param>
/// <param name="NumericPolicy">How it computes products.</param>
/// <param name="MemoryBudgetBytes">Most bytes of experts it may hold, at least 0.</param>
/// <param name="Threads">Compute threads, at least 1.</param>
public sealed record NodeRegistration(
    NodeId Node,
    string LaneHost,
    int LanePort,
    string ModelHash,
    int WireVersion,
    string NumericPolicy,
    long MemoryBudgetBytes,
    int Threads);
