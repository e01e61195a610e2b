using MoE.Kernels;

namespace MoE.Model;

/// <summary>Buffers that a stage's layers share, one layer at a time.</summary>
internal sealed class AttentionWorkspace
{
    [ThreadStatic]
    private static float[]? t_scratch;

    private float[] _query = [];
    private float[] _key = [];
    private float[] _value = [];

    /// <summary>The heads' outputs, [T, A·D].</summary>
    public ActivationRows Heads { get; } = new();

    public Memory<float> Query(int length) => GrowingBuffer.Take(ref _query, length);

    public Memory<float> Key(int length) => GrowingBuffer.Take(ref _key, length);

    public Memory<float> Value(int length) => GrowingBuffer.Take(ref _value, length);

    /// <summary>What a run's attention computes in: every compute thread has its own.</summary>
    public static Span<float> Scratch(int length)
    {
        var scratch = t_scratch;
        if (scratch is null || scratch.Length < length)
            t_scratch = scratch = new float[Math.Max(length, (scratch?.Length ?? 0) * 2)];
        return scratch.AsSpan(0, length);
    }
}
