using MoE.Kernels;

namespace MoE.Model;

/// <summary>Buffers of the MoE layers of one process, one layer at a time. They only grow.</summary>
public sealed class LocalMoEWorkspace
{
    private float[] _contributions = [];
    private float[] _shared = [];

    /// <summary>The compute threads' own buffers.</summary>
    internal ExpertWorkspaces Experts { get; } = new();

    /// <summary>Rows of the experts, [pairs, H], at least.</summary>
    internal float[] Contributions(int length) => Grown(ref _contributions, length);

    /// <summary>Rows of the shared expert, [T, H].</summary>
    internal Memory<float> Shared(int length) => Grown(ref _shared, length).AsMemory(0, length);

    private static float[] Grown(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = GC.AllocateUninitializedArray<float>(length);
        return buffer;
    }
}
