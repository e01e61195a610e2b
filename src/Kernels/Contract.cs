// Signatures agreed before the bodies; the kernels' author moves each into a file of its own.
namespace MoE.Kernels;

public static class Dequantize
{
    /// <summary>Writes row bytes of <paramref name="type"/> as f32. Exactly ggml's dequantize_row_*.</summary>
    public static void Row(WeightType type, ReadOnlySpan<byte> source, Span<float> destination) => throw new NotImplementedException();
}

public static class Quantize
{
    /// <summary>ggml's quantize_row_*_ref for F32, F16, BF16, Q8_0, Q4_0 (and others where simple).</summary>
    public static void Row(WeightType type, ReadOnlySpan<float> source, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>A copy of <paramref name="source"/> in another type, in native memory that the caller owns.</summary>
    public static (WeightMatrix Matrix, NativeWeightMemory Memory) Convert(WeightMatrix source, WeightType type) => throw new NotImplementedException();
}

/// <summary>Rows [Count, Columns] of f32 that products read; the int8 form that quantised weights need is made once per row.</summary>
public sealed class ActivationRows
{
    public int Count => throw new NotImplementedException();
    public int Columns => throw new NotImplementedException();
    /// <summary>Takes a new shape; contents are undefined; buffers are kept and grow only.</summary>
    public void Reset(int count, int columns) => throw new NotImplementedException();
    /// <summary>Row t, writable; invalidates nothing: call <see cref="Prepare"/> after writing.</summary>
    public Span<float> Row(int row) => throw new NotImplementedException();
    /// <summary>All rows, [Count * Columns].</summary>
    public Span<float> Data => throw new NotImplementedException();
    /// <summary>Makes what products with <paramref name="type"/> need of rows [first, last): nothing for float types, int8 blocks for quantised ones.</summary>
    public void Prepare(WeightType type, int first, int last) => throw new NotImplementedException();
}

public static class MatMul
{
    /// <summary>y[t, r] = Σ_k W[r, k] · x[t, k] for r in [firstRow, lastRow) and all t; y is [x.Count, W.Rows].</summary>
    public static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, Span<float> y) => throw new NotImplementedException();

    /// <summary>Prepares x and multiplies over the pool's threads.</summary>
    public static void Multiply(ComputePool pool, WeightMatrix weights, ActivationRows x, Memory<float> y) => throw new NotImplementedException();
}

public static class VectorOps
{
    /// <summary>Σ a[i]·b[i] in the canonical order.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => throw new NotImplementedException();
    /// <summary>destination[i] += scale · source[i], fused.</summary>
    public static void AddScaled(Span<float> destination, ReadOnlySpan<float> source, float scale) => throw new NotImplementedException();
    public static void Scale(Span<float> values, float scale) => throw new NotImplementedException();
    public static void Add(Span<float> destination, ReadOnlySpan<float> source) => throw new NotImplementedException();
}

public static class RmsNorm
{
    /// <summary>y = x / sqrt(mean(x²) + eps) · weight; aliasing x and y is allowed.</summary>
    public static void Normalize(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y) => throw new NotImplementedException();
}

public static class Softmax
{
    /// <summary>In place over one row, max subtracted.</summary>
    public static void InPlace(Span<float> scores) => throw new NotImplementedException();
}

public static class Activation
{
    /// <summary>y = silu(gate) · up; aliasing y with either is allowed.</summary>
    public static void SwiGlu(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y) => throw new NotImplementedException();
    public static float Sigmoid(float x) => throw new NotImplementedException();
}

/// <summary>A node's own threads for arithmetic; no kernel runs on an actor dispatcher.</summary>
public sealed class ComputePool : IDisposable
{
    public ComputePool(int threads, string name) => throw new NotImplementedException();
    public int Threads => throw new NotImplementedException();
    /// <summary>Runs body(0..count-1); the caller takes items too and returns when all are done. An exception of a body is rethrown.</summary>
    public void For(int count, Action<int> body) => throw new NotImplementedException();
    /// <summary>Queues work for one of the threads; false when the bounded queue is full. Exceptions inside work are the work's to handle.</summary>
    public bool TrySubmit(Action work) => throw new NotImplementedException();
    public void Dispose() => throw new NotImplementedException();
}
