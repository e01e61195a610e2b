using MoE.Kernels;

namespace MoE.Model;

/// <summary>Buffers that a stage's layers share, one layer at a time.</summary>
internal sealed class AttentionWorkspace
{
    [ThreadStatic]
    private static float[]? t_scores;

    private float[] _query = [];
    private float[] _key = [];
    private float[] _value = [];

    /// <summary>The heads' outputs, [T, A·D].</summary>
    public ActivationRows Heads { get; } = new();

    public Memory<float> Query(int length) => GrowingBuffer.Take(ref _query, length);

    public Memory<float> Key(int length) => GrowingBuffer.Take(ref _key, length);

    public Memory<float> Value(int length) => GrowingBuffer.Take(ref _value, length);

    /// <summary>Scores of one query: every compute thread has its own.</summary>
    public static Span<float> Scores(int length)
    {
        var scores = t_scores;
        if (scores is null || scores.Length < length)
            t_scores = scores = new float[Math.Max(length, (scores?.Length ?? 0) * 2)];
        return scores.AsSpan(0, length);
    }
}
