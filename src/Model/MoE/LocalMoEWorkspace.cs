using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Buffers of the MoE layers of one process, one layer at a time. They only grow.</summary>
public sealed class LocalMoEWorkspace
{
    private float[] _contributions = [];
    private float[] _shared = [];

    /// <summary>The layer's decision.</summary>
    internal RoutingBuffers Routing { get; } = new();

    /// <summary>The compute threads' own buffers.</summary>
    internal ExpertWorkspaces Experts { get; } = new();

    /// <summary>Rows of the experts, [pairs, H].</summary>
    internal Memory<float> Contributions(int length) => GrowingBuffer.Take(ref _contributions, length);

    /// <summary>Rows of the shared expert, [T, H].</summary>
    internal Memory<float> Shared(int length) => GrowingBuffer.Take(ref _shared, length);
}
