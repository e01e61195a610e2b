namespace MoE.Kernels;

/// <summary>Buffers of one <see cref="ExpertFfn"/> computation; they only grow.</summary>
public sealed class ExpertScratch
{
    private float[] _gate = [];
    private float[] _up = [];

    /// <summary>The inner rows, [T, I].</summary>
    internal ActivationRows Inner { get; } = new();

    internal Memory<float> Gate(int length) => Grow(ref _gate, length);

    internal Memory<float> Up(int length) => Grow(ref _up, length);

    private static Memory<float> Grow(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new float[length];
        return buffer.AsMemory(0, length);
    }
}
