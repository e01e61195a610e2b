namespace MoE.Kernels;
public readonly struct KvRows { public KvRows(float[][] blocks, int blockPositions, int rowStride, int offset, int columns) {} }
public static class CausalAttention { public static void Query(ReadOnlySpan<float> q, KvRows k, KvRows v, int first, int count, float scale, Span<float> scores, Span<float> output) {} }
public static class Rotary { public static void ApplyHalf(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin) {} public static void ApplyInterleaved(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin) {} }
public sealed class ExpertScratch {}
public static class ExpertFfn { public static void Forward(ComputePool p, WeightMatrix g, WeightMatrix u, WeightMatrix d, ActivationRows x, ExpertScratch s, Memory<float> y) {} public static void Forward(WeightMatrix g, WeightMatrix u, WeightMatrix d, ActivationRows x, ExpertScratch s, Span<float> y) {} }
